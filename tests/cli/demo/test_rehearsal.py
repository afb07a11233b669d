"""The rehearsal lets a scene on stage only if a real oracle and the room's own rules agree that it works."""

from __future__ import annotations

from itertools import repeat

import pytest

from rooms_cli.demo.director import Scene
from rooms_cli.demo.prices import Prices, director_of, generated_prices
from rooms_cli.demo.rehearsal import Rehearsal
from rooms_core.domain.market import CoinPrice, Direction, Mode
from rooms_core.domain.rules import HouseRules
from rooms_oracle.heard import MINUTE_MS
from rooms_oracle.script import Outage

UP, DOWN = Direction.UP, Direction.DOWN
USD = 10**12


@pytest.fixture
def prices() -> Prices:
    """A generated day."""
    return generated_prices(7)


def _rehearsal(prices: Prices) -> Rehearsal:
    return Rehearsal(feeds=prices.feeds, rules=HouseRules(), start_ms=prices.start_ms)


async def _first(prices: Prices, *scenes: Scene, late: bool = False) -> Scene | None:
    return await _rehearsal(prices).first(scenes, subject=prices.coin, mode=Mode.TOUCH, late=late)


async def test_a_scene_whose_room_can_be_created_is_taken(prices: Prices) -> None:
    """Far targets on the side they are said to be on are no trouble; the first of several is taken."""
    high, low = Scene(300, 500 * USD, 320, UP), Scene(300, 50 * USD, 320, DOWN)

    assert high == await _first(prices, high, low)
    assert low == await _first(prices, low, high)


async def test_a_target_on_the_other_side_is_not_taken(prices: Prices) -> None:
    """A room is what its target makes it: one above the price asks for a rise, whatever the scene thought."""
    wrong, right = Scene(300, 500 * USD, 320, DOWN), Scene(300, 500 * USD, 320, UP)

    assert right == await _first(prices, wrong, right)
    assert await _first(prices, wrong) is None
    assert await _first(prices) is None


async def test_no_room_without_a_price(prices: Prices) -> None:
    """While feeds are silent no room can be created, and none on a coin that nobody knows."""
    scene = Scene(300, 500 * USD, 320, UP)
    at_ms = prices.start_ms + 300 * MINUTE_MS
    prices.feeds.outages.append(Outage(from_ms=at_ms - MINUTE_MS, to_ms=at_ms + MINUTE_MS))
    unknown = await _rehearsal(generated_prices(7)).first(
        [scene], subject=CoinPrice("NOBODY"), mode=Mode.TOUCH, late=False
    )

    assert await _first(prices, scene) is None
    assert unknown is None


async def test_late_stakes_need_a_leap(prices: Prices) -> None:
    """A scene of late stakes passes only where a bet is taken during the leap and then falls into the late window."""
    director = await director_of(prices)
    leaps = list(director.jump(range(880, 930), UP))
    calm = Scene(300, 500 * USD, 320, UP)

    assert leaps
    assert await _first(prices, *leaps, late=True) in leaps
    assert await _first(prices, calm, late=True) is None


async def test_a_leap_in_the_dark_takes_no_late_stakes(prices: Prices) -> None:
    """Without ticks before the leap there is no price that a bet could be judged by."""
    director = await director_of(prices)
    leaps = list(director.jump(range(880, 930), UP))
    moment_ms = prices.start_ms + leaps[0].moment * MINUTE_MS
    prices.feeds.outages.append(Outage(from_ms=moment_ms - 8 * MINUTE_MS, to_ms=moment_ms + 30_000))

    assert await _first(prices, *leaps, late=True) is None


async def test_a_rehearsal_gives_up(prices: Prices) -> None:
    """It does not look through a whole year for a moment that does not come."""
    assert (
        await _first(prices, *repeat(Scene(300, 500 * USD, 320, DOWN), 201), Scene(300, 500 * USD, 320, UP))
        is None
    )
