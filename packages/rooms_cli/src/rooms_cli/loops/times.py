"""Times sorted into buckets: how long turns took, and how long somebody waited for them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

BOUNDS_MS: Final = (
    *(10, 25, 50, 100, 250, 500, 1_000, 1_500, 2_000, 3_000),
    *(4_500, 6_000, 7_500, 10_000, 15_000, 30_000, 60_000, 300_000),
)
"""Among them when a tick closes, how far ticks lie apart, and how soon a touched room should be settled."""


@dataclass(slots=True)
class Buckets:
    """How many times were at most so long, in ms; what is beyond the last bound is counted last."""

    bounds_ms: tuple[int, ...] = BOUNDS_MS
    counts: list[int] = field(init=False)
    sum_ms: int = 0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds_ms) + 1)

    def add(self, took_ms: int) -> None:
        """Count one; a clock that was set back makes it 0."""
        took_ms = max(0, took_ms)
        self.counts[bisect_left(self.bounds_ms, took_ms)] += 1
        self.sum_ms += took_ms

    def up_to(self) -> list[tuple[int | None, int]]:
        """Each bound with the count of all that was not longer; the last, None, counts everything."""
        running = 0
        rows: list[tuple[int | None, int]] = []
        for bound, count in zip([*self.bounds_ms, None], self.counts, strict=True):
            running += count
            rows.append((bound, running))
        return rows
