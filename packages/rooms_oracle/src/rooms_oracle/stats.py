"""What is remembered of each feed to be looked at: when it last answered, how quickly, and how it failed."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rooms_oracle.breaker import BreakerState

REMEMBERED: Final = 512
"""Calls whose time is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStanding:
    """How a feed stands now. Times in ms; None where there was no answer yet. `errors` counts by kind since the start.

    `budget` is what may be asked at once, in the vendor's unit.
    """

    name: str
    on: bool
    last_success_ms: int | None
    age_ms: int | None
    p50_ms: int | None
    p99_ms: int | None
    calls: int
    errors: Mapping[str, int]
    breaker: BreakerState
    budget: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStanding:
    """How a feed's stream stands now; counts are since the start, `errors` by kind.

    Of `wanted` symbols `carried` stand on `connected` connections; `opened` connections were begun in all. `taken`
    prices came from the stream, and the others were `polled`, by the reason.
    """

    name: str
    on: bool
    connected: int
    carried: int
    wanted: int
    opened: int
    messages: int
    errors: Mapping[str, int]
    breaker: BreakerState
    taken: int = 0
    polled: Mapping[str, int] = field(default_factory=dict)


class CallLog:
    """The calls of one feed."""

    def __init__(self) -> None:
        self.calls = 0
        self.errors: Counter[str] = Counter()
        self.last_success_ms: int | None = None
        self._took: deque[int] = deque(maxlen=REMEMBERED)

    def answered(self, asked_ms: int, received_ms: int) -> None:
        """A call brought something readable."""
        self.calls += 1
        self.last_success_ms = received_ms
        self._took.append(max(0, received_ms - asked_ms))

    def failed(self, kind: str) -> None:
        """A call failed in this way."""
        self.calls += 1
        self.errors[kind] += 1

    def held(self, kind: str) -> None:
        """Something was not had without a failed call: a call that was not made, a symbol that was refused."""
        self.errors[kind] += 1

    def took_ms(self, per_cent: int) -> int | None:
        """How long calls take: the nearest rank of the last 512."""
        ordered = sorted(self._took)
        return ordered[max(0, -(-per_cent * len(ordered) // 100) - 1)] if ordered else None
