"""A breaker for each feed: whoever fails again and again is not asked for a while, then once, to see.

It opens on 5 failures in a row or on 10 among the last 20 calls, stays open for 15 s, doubling to 300 s with ±20 %
of jitter, and then lets one call through: a success closes it, a failure opens it again.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import Final

from rooms_core.ports.rng import Rng

IN_A_ROW: Final = 5
REMEMBERED: Final = 20
FAILED_OF_REMEMBERED: Final = 10
FIRST_MS: Final = 15_000
LONGEST_MS: Final = 300_000
JITTER_PER_CENT: Final = 20


class BreakerState(StrEnum):
    """CLOSED: calls go through. OPEN: none does. HALF_OPEN: one may, or is under way."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class Breaker:
    """One feed's breaker. Time is the caller's, in ms."""

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._last: deque[bool] = deque(maxlen=REMEMBERED)
        self._in_a_row = 0
        self._pause_ms = FIRST_MS
        self._open_until: int | None = None
        self._trying = False

    def state(self, now_ms: int) -> BreakerState:
        """Whether calls go through at a time."""
        if self._open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now_ms < self._open_until else BreakerState.HALF_OPEN

    def allows(self, now_ms: int) -> bool:
        """Whether a call may be made now. Whoever is let through half-open must say how it ended."""
        state = self.state(now_ms)
        if state is BreakerState.HALF_OPEN and not self._trying:
            self._trying = True
            return True
        return state is BreakerState.CLOSED

    def succeeded(self) -> None:
        """A call was answered. While it is open, only the one that was let through can close it."""
        if self._open_until is not None and not self._trying:
            return
        if self._open_until is not None:
            self._open_until, self._pause_ms, self._trying = None, FIRST_MS, False
            self._last.clear()
        self._in_a_row = 0
        self._last.append(True)

    def failed(self, now_ms: int) -> None:
        """A call failed. Those that were under way when it opened change nothing."""
        if self._open_until is not None:
            if self._trying:
                self._pause_ms = min(LONGEST_MS, 2 * self._pause_ms)
                self._open(now_ms)
            return
        self._in_a_row += 1
        self._last.append(False)
        if self._in_a_row >= IN_A_ROW or self._last.count(False) >= FAILED_OF_REMEMBERED:
            self._open(now_ms)

    def spared(self) -> None:
        """The call that was let through ended without saying anything about the feed: another may try."""
        self._trying = False

    def _open(self, now_ms: int) -> None:
        most = self._pause_ms * JITTER_PER_CENT // 100
        self._open_until = now_ms + self._pause_ms - most + self._rng.below(2 * most + 1)
        self._trying = False
        self._in_a_row = 0
        self._last.clear()
