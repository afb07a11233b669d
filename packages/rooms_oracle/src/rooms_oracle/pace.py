"""Waiting for a time of the clock."""

from __future__ import annotations

import asyncio
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
