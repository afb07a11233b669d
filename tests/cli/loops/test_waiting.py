"""Waiting for a time of the clock, or for a bell."""

from __future__ import annotations

import asyncio

from rooms_cli.clock import SystemClock
from rooms_cli.loops.waiting import ClockWaiting
from rooms_core.testing.clock import ManualClock


async def test_it_comes_back_when_the_time_has_come() -> None:
    """Not before it, and at once if it has passed."""
    clock = SystemClock()
    waiting, bell = ClockWaiting(clock), asyncio.Event()
    until_ms = clock.now_ms() + 30
    await waiting.until(until_ms, bell)
    assert clock.now_ms() >= until_ms
    await waiting.until(0, bell)


async def test_a_bell_ends_it() -> None:
    """Rung before or meanwhile, however far the time is; on a clock that stands still nothing else would."""
    waiting, bell = ClockWaiting(ManualClock(0)), asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, bell.set)
    async with asyncio.timeout(10):
        await waiting.until(10**9, bell)
        await waiting.until(10**9, bell)
