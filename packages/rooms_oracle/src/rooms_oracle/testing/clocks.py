"""A clock that runs as the machine's does, from a time that a test chooses; and waiting that moves a manual clock."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from rooms_core.testing.clock import NOON_MS, ManualClock


class RunningClock:
    """Implements `ports.clock.Clock`: starts at a time and runs on, `slower` times as slowly as the machine's.

    A slow clock gives a busy machine more time for what has to be done by a deadline.
    """

    def __init__(self, start_ms: int = NOON_MS, *, slower: int = 1) -> None:
        self._start_ms = start_ms
        self._ns_per_ms = 1_000_000 * slower
        self._begun = time.monotonic_ns()

    def now_ms(self) -> int:
        """The time since the start, counted by the machine."""
        return self._start_ms + (time.monotonic_ns() - self._begun) // self._ns_per_ms


@dataclass(frozen=True, slots=True)
class ManualPace:
    """Implements `transport.Pace`: nobody waits, the clock is moved. Others are let go on first."""

    clock: ManualClock

    async def until(self, at_ms: int) -> None:
        """Move the clock there, never back."""
        await asyncio.sleep(0)
        self.clock.set(max(at_ms, self.clock.now_ms()))
