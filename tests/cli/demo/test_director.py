"""The director finds the moments a story needs, and finds nothing where there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from rooms_cli.demo.director import LIFE, Director, Scene
from rooms_cli.demo.minutes import SILENT, Minute
from rooms_core.domain.market import Direction

USD = 10**12
CALM = 100 * USD
UP, DOWN = Direction.UP, Direction.DOWN
EVERYWHERE = range(200)

Search = Callable[[Director], Iterator[Scene]]


def _minute(opened: int, high: int, low: int, close: int) -> Minute:
    """A minute in which all three venues saw the same."""
    return Minute(
        venues=3,
        open_low=opened,
        open_high=opened,
        high_low=high,
        high_high=high,
        low_low=low,
        low_high=low,
        close_low=close,
        close_high=close,
        rising=close >= opened,
        falling=close < opened,
    )


def _calm(count: int = 200) -> list[Minute]:
    return [_minute(CALM, CALM, CALM, CALM)] * count


def _step(at: int, price: int) -> list[Minute]:
    """Calm, and from minute `at` on another price; the way there is that minute's only leg."""
    first = _minute(CALM, max(CALM, price), min(CALM, price), price)
    return [*_calm(at), first, *[_minute(price, price, price, price)] * (199 - at)]


def _spike(at: int, price: int) -> list[Minute]:
    """Calm, but for one minute that goes to a price and comes back."""
    minutes = _calm()
    minutes[at] = _minute(CALM, max(CALM, price), min(CALM, price), CALM)
    return minutes


def _touch(direction: Direction) -> Search:
    return lambda director: director.touch(EVERYWHERE, direction)


def _jump(direction: Direction) -> Search:
    return lambda director: director.jump(EVERYWHERE, direction)


def _wick(director: Director) -> Iterator[Scene]:
    return director.wick(EVERYWHERE, UP)


def _close(*, reached: bool) -> Search:
    return lambda director: director.close(EVERYWHERE, reached=reached)


def _quiet(director: Director) -> Iterator[Scene]:
    return director.quiet(EVERYWHERE)


@pytest.mark.parametrize(
    "direction, price, target", [(UP, 101 * USD, 100_400_000_000_000), (DOWN, 99 * USD, 99_600_000_000_000)]
)
def test_a_touch_is_created_calm_and_happens_later(direction: Direction, price: int, target: int) -> None:
    """The target lies 0.4 % away and is reached 8 to 24 minutes after the room was created, to stay."""
    scenes = list(_touch(direction)(Director(_step(60, price))))

    assert scenes
    assert {Scene(at, target, 60, direction) for at in range(37, 53)} == set(scenes)


@pytest.mark.parametrize("direction, price", [(UP, 103 * USD), (DOWN, 97 * USD)])
def test_a_jump_leaps_out_of_calm(direction: Direction, price: int) -> None:
    """The room is created 8 to 21 minutes before the leap, with a target on its way that was far before."""
    scenes = list(_jump(direction)(Director(_step(60, price))))

    assert [Scene(52, scenes[0].target, 60, direction)] == scenes
    assert min(CALM, price) < scenes[0].target < max(CALM, price)


def test_a_wick_is_touched_by_one_minute_alone() -> None:
    """Only the spike's minute reaches the target: whoever is silent then has seen nothing."""
    scenes = list(_wick(Director(_spike(60, 101 * USD))))

    assert scenes
    assert {60} == {scene.moment for scene in scenes}
    assert all(CALM < scene.target < 101 * USD for scene in scenes)


def test_a_close_is_clearly_above_or_clearly_below() -> None:
    """Which of both is asked for; the price at the end of the room's life decides."""
    rising = [_minute(*[CALM + CALM * at // 1_000] * 4) for at in range(200)]

    above = list(_close(reached=True)(Director(rising)))
    below = list(_close(reached=False)(Director(_calm())))

    assert above
    assert below
    assert all(rising[scene.moment - 1].close > scene.target for scene in above)
    assert {100_300_000_000_000} == {scene.target for scene in below}
    assert {LIFE} == {scene.moment - scene.at for scene in (*above, *below)}


def test_a_quiet_target_is_far_from_everything() -> None:
    """Nothing comes within a quarter per cent of it while the room lives."""
    scenes = list(_quiet(Director(_spike(100, 101 * USD))))

    assert {101_200_000_000_000} == {scene.target for scene in scenes}
    assert not any(scene.at <= 100 < scene.at + LIFE for scene in scenes)


@pytest.mark.parametrize(
    "search", [_touch(UP), _touch(DOWN), _jump(UP), _jump(DOWN), _wick, _close(reached=True)]
)
def test_in_a_calm_market_nothing_happens(search: Search) -> None:
    """Where prices do not move there is no touch, no leap, no wick and nothing to reach."""
    assert [] == list(search(Director(_calm())))


@pytest.mark.parametrize("search", [_quiet, _close(reached=False)])
def test_in_a_steep_market_nothing_is_far_away(search: Search) -> None:
    """Where prices rise by a tenth of a per cent a minute no target stays out of reach."""
    steep = [_minute(*[CALM + CALM * at // 1_000] * 4) for at in range(200)]

    assert [] == list(search(Director(steep)))


@pytest.mark.parametrize(
    "search", [_touch(UP), _jump(UP), _wick, _quiet, _close(reached=True), _close(reached=False)]
)
def test_nothing_is_played_where_somebody_was_silent(search: Search) -> None:
    """A minute with fewer than three venues, or none at all, is no stage."""
    alone = [replace(minute, venues=2) for minute in _step(60, 103 * USD)]

    assert [] == list(search(Director(alone)))
    assert [] == list(search(Director([SILENT] * 199 + alone[:1])))


def test_a_touch_that_does_not_stay_is_not_taken() -> None:
    """A wick is no touch: the oracle would not see it in two ticks."""
    assert [] == list(_touch(UP)(Director(_spike(60, 101 * USD))))


def test_a_slow_climb_is_no_jump() -> None:
    """Prices that rise over minutes surprise nobody."""
    climb = [_minute(*[CALM + CALM * max(0, min(at - 60, 20)) // 1_000] * 4) for at in range(200)]

    assert [] == list(_jump(UP)(Director(climb)))
