"""From hits to a touch."""

from __future__ import annotations

import pytest

from rooms_oracle.touch import POOL_TOUCH, VENUES_TOUCH, Hit, Streak, add_hit, is_touch, may_become_touch


def row(*ticks: int) -> Streak:
    """A row of hits at these seconds; the price is the second."""
    streak = Streak(clear_ms=-3_000)
    for tick in ticks:
        streak = add_hit(streak, Hit(tick * 1_000, tick))
    return streak


@pytest.mark.parametrize(
    "ticks, touched",
    [((0,), False), ((0, 3), True), ((0, 6), True), ((0, 9), False), ((0, 9, 12), True)],
)
def test_two_hits_within_six_seconds_are_a_touch(ticks: tuple[int, ...], touched: bool) -> None:
    """One unaccepted tick may lie between; a longer gap starts anew."""
    assert touched == is_touch(row(*ticks), VENUES_TOUCH)


def test_the_first_hit_of_the_row_is_the_touch() -> None:
    """Its time and price are what is recorded, and L stays what it was before the row and the gap."""
    assert Streak(-3_000, (Hit(9_000, 9), Hit(12_000, 12))) == row(0, 9, 12)


@pytest.mark.parametrize(
    "ticks, touched", [((0, 3), False), ((0, 6), False), ((0, 3, 6), True), ((0, 6, 12), True)]
)
def test_a_pool_needs_three_hits_over_six_seconds(ticks: tuple[int, ...], touched: bool) -> None:
    """A token priced by one pool is moved more easily, so it has to stay there longer."""
    assert touched == is_touch(row(*ticks), POOL_TOUCH)


@pytest.mark.parametrize("ticks, now, open_", [((), 0, False), ((0,), 3, True), ((0,), 6, False)])
def test_a_row_stays_open_while_a_next_tick_could_join_it(
    ticks: tuple[int, ...], now: int, open_: bool
) -> None:
    """No room is settled as untouched before."""
    assert open_ == may_become_touch(row(*ticks), now_ms=now * 1_000)
