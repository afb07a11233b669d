"""Waiting between turns, as a port: until a time of the clock, or until somebody rings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol

from rooms_core.ports.clock import Clock

LOOK_MS: Final = 1_000
"""The clock is looked at again this often, as somebody may have set it."""


class Waiting(Protocol):
    """Lets time pass."""

    async def until(self, at_ms: int, bell: asyncio.Event) -> None:
        """Come back at a time of the clock (ms), or as soon as `bell` is set; at once if either has happened."""
        ...


@dataclass(frozen=True, slots=True)
class ClockWaiting:
    """Implements `Waiting` over a clock that runs by itself."""

    clock: Clock

    async def until(self, at_ms: int, bell: asyncio.Event) -> None:
        """Sleep for what is left."""
        while not bell.is_set() and (left_ms := at_ms - self.clock.now_ms()) > 0:
            try:
                async with asyncio.timeout(min(left_ms, LOOK_MS) / 1_000):
                    await bell.wait()
            except TimeoutError:
                pass  # the time has come, or it is time to look at the clock
