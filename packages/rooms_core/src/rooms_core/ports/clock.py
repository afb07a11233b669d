"""The time, as a port: nothing in ROOMS reads a clock by itself."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now_ms(self) -> int:
        """Now, in ms since the Unix epoch."""
        ...
