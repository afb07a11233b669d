"""The story: thirteen rooms on any day that has its moments, and an honest list of what a day does not have."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rooms_cli.demo.director import Director
from rooms_cli.demo.minutes import SILENT
from rooms_cli.demo.plan import BETTORS, MINUTE_MS, dollars, write_story
from rooms_cli.demo.prices import director_of, generated_prices
from rooms_core.domain.market import NO, YES, CoinPrice, Mode, PumpMarketCap
from rooms_core.domain.money import Lamports
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus

ALL_ROOMS = {
    "touch up",
    "touch down",
    "never touched",
    "close above",
    "close below",
    "never filled",
    "one-sided",
    "late stakes",
    "late stakes leave one side",
    "sniper",
    "touched in the dark",
    "asked wrongly",
    "pump.fun",
}


@pytest.mark.parametrize("seed", [1, 7, 8, 12_345])
async def test_each_generated_day_has_all_thirteen_rooms(seed: int) -> None:
    """Whatever the seed, nothing is missing, and the same seed writes the same story."""
    prices = generated_prices(seed)
    director = await director_of(prices)
    story = await write_story(director, prices, rules=HouseRules(), seed=seed)
    again = await write_story(director, prices, rules=HouseRules(), seed=seed)

    assert () == story.missing
    assert ALL_ROOMS == {plan.name for plan in story.rooms}
    assert 13 == len(story.rooms)
    assert story == again


async def test_a_story_can_be_played() -> None:
    """Rooms come in order, bets of known people between a room's creation and its end; voids have their reason."""
    prices = generated_prices(7)
    story = await write_story(await director_of(prices), prices, rules=HouseRules(), seed=7)

    assert all(first.created_ms <= second.created_ms for first, second in pairwise(story.rooms))
    for plan in story.rooms:
        ends_ms = plan.created_ms + plan.life_minutes * MINUTE_MS
        assert plan.acts
        assert all(plan.created_ms < act.at_ms < ends_ms for act in plan.acts)
        assert all(0 <= act.bettor < BETTORS and act.stake > Lamports(0) for act in plan.acts)
        assert (plan.ends is RoomStatus.VOIDED) == (plan.because is not None)


async def test_the_storys_special_rooms_are_special() -> None:
    """One side alone, a sniper, silence around a touch, late stakes, a thin token, a room voided by hand."""
    prices = generated_prices(7)
    story = await write_story(await director_of(prices), prices, rules=HouseRules(), seed=7)
    rooms = {plan.name: plan for plan in story.rooms}

    assert {YES} == {act.outcome for act in rooms["one-sided"].acts}
    assert 1 == len(rooms["never filled"].acts)
    assert (YES, Lamports(1_000_000)) == (rooms["sniper"].acts[-1].outcome, rooms["sniper"].acts[-1].stake)
    assert {NO} == {act.outcome for act in rooms["sniper"].acts[:-1]}
    assert rooms["touched in the dark"].silence is not None
    assert Mode.TOUCH is rooms["late stakes"].mode
    assert rooms["late stakes"].refunds
    assert isinstance(rooms["pump.fun"].subject, PumpMarketCap)
    assert [rooms["asked wrongly"]] == [plan for plan in story.rooms if plan.by_hand]


async def test_what_a_day_does_not_offer_is_named() -> None:
    """On a silent day only the token's own room can be played; the others are told as missing, not left out quietly."""
    prices = generated_prices(7)
    silent = Director([SILENT] * prices.minutes)
    story = await write_story(silent, prices, rules=HouseRules(), seed=7)

    assert ["pump.fun"] == [plan.name for plan in story.rooms]
    assert ALL_ROOMS - {"pump.fun"} == set(story.missing)


def test_dollars_are_told_in_cents() -> None:
    """A coin's price and a market cap have different units, and both are told in dollars."""
    assert "$1,234.56" == dollars(1_234_567_890_000_000, CoinPrice("SOL"))
    assert "$64,600.76" == dollars(6_460_076, PumpMarketCap("mint"))
