"""The clock that is moved by hand."""

from __future__ import annotations

from rooms_core.testing.clock import NOON_MS, ManualClock


def test_it_stands_still_until_it_is_moved() -> None:
    """Two looks at it tell the same time."""
    clock = ManualClock()

    assert NOON_MS == clock.now_ms() == clock.now_ms()


def test_it_moves_by_what_it_is_told() -> None:
    """Milliseconds to hours add up; back is possible, as with real clocks."""
    clock = ManualClock(0)

    assert 3_723_004 == clock.advance(4, seconds=3, minutes=2, hours=1)
    assert 3_722_004 == clock.advance(seconds=-1)
    clock.set(9)
    assert 9 == clock.now_ms()


def test_noon_lies_on_the_grid() -> None:
    """A whole minute is a multiple of three seconds."""
    assert 0 == NOON_MS % 60_000 == NOON_MS % 3_000
