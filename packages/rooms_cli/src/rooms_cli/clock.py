"""The machine's clock: the one place where ROOMS asks for the real time."""

from __future__ import annotations

import time

_NS_PER_MS = 1_000_000


class SystemClock:
    """Implements `ports.clock.Clock` with the time of this machine."""

    def now_ms(self) -> int:
        """Now, in ms since the Unix epoch."""
        return time.time_ns() // _NS_PER_MS
