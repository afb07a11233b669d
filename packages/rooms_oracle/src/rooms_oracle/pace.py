"""Waiting for a time of the clock, and measuring how long something takes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from rooms_core.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class ClockPace:
    """Implements `transport.Pace` over a clock that runs by itself."""

    clock: Clock

    async def until(self, at_ms: int) -> None:
        """Sleep for what is left."""
        left_ms = at_ms - self.clock.now_ms()
        if left_ms > 0:
            await asyncio.sleep(left_ms / 1000)


class MachineTimer:
    """Implements `ports.clock.Clock` for durations alone: counts ms since some time, and nobody sets it back."""

    def now_ms(self) -> int:
        """The machine's own count."""
        return time.monotonic_ns() // 1_000_000
