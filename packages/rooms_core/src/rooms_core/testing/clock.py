"""A clock that stands still until it is moved."""

from __future__ import annotations

from typing import Final

NOON_MS: Final = 1_735_732_800_000
"""1 January 2025, 12:00 UTC: a whole minute, and a multiple of the oracle's 3 s grid."""


class ManualClock:
    """Implements `ports.clock.Clock`. Times are ms since the Unix epoch."""

    def __init__(self, now_ms: int = NOON_MS) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """The time it was moved to."""
        return self._now_ms

    def advance(self, ms: int = 0, *, seconds: int = 0, minutes: int = 0, hours: int = 0) -> int:
        """Move on, and answer the new time; a negative step is a clock set back."""
        self._now_ms += ms + 1_000 * (seconds + 60 * (minutes + 60 * hours))
        return self._now_ms

    def set(self, now_ms: int) -> None:
        """Move to a time."""
        self._now_ms = now_ms
