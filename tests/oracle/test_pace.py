"""Waiting for a time of the clock."""

from __future__ import annotations

from rooms_core.testing.clock import ManualClock
from rooms_oracle.pace import ClockPace, MachineTimer
from rooms_oracle.testing.clocks import ManualPace, RunningClock


async def test_waiting_ends_at_the_time() -> None:
    """Not before, and at once if it has passed."""
    clock = RunningClock(1_000)
    await ClockPace(clock).until(1_020)
    assert clock.now_ms() >= 1_020
    await ClockPace(clock).until(0)

    assert clock.now_ms() < 60_000


def test_the_machines_timer_goes_on() -> None:
    """It is never set back."""
    timer = MachineTimer()
    counts = [timer.now_ms() for _ in range(100)]

    assert counts == sorted(counts)


async def test_on_a_manual_clock_nobody_waits() -> None:
    """The clock is moved there, and never back."""
    clock = ManualClock(1_000)
    await ManualPace(clock).until(5_000)
    await ManualPace(clock).until(2_000)

    assert 5_000 == clock.now_ms()
