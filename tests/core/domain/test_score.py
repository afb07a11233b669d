"""What an ended room adds to the statistics."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.score import (
    ALL_TIME,
    DAY_MS,
    Day,
    EndedRoom,
    HouseScore,
    Score,
    day_of,
    hit_rate,
    house_score,
    user_scores,
)
from rooms_core.domain.tally import Figures

ANN, BEN, CAT, HOST = UserId(2), UserId(4), UserId(6), UserId(8)
TODAY = Day(20_000)
FIGURES = Figures(
    staked=Lamports(1_070),
    late_refunds=Lamports(50),
    match_refunds=Lamports(20),
    gross=Lamports(1_000),
    takeout=Lamports(30),
    host=Lamports(10),
    protocol=Lamports(18),
    commissions=Lamports(2),
    paid=Lamports(969),
    breakage=Lamports(1),
    subsidy=ZERO,
)
ROOM = EndedRoom(
    day=TODAY,
    host=HOST,
    figures=FIGURES,
    staked={BEN: Lamports(420), ANN: Lamports(600), CAT: Lamports(50)},
    paid={ANN: Lamports(969)},
    refunded={BEN: Lamports(20), CAT: Lamports(50)},
)


@pytest.mark.parametrize("at_ms, day", [(0, 0), (DAY_MS - 1, 0), (DAY_MS, 1), (TODAY * DAY_MS + 5, TODAY)])
def test_a_day_begins_at_midnight_utc(at_ms: int, day: int) -> None:
    """A room settled a millisecond before midnight counts for the day that ends."""
    assert day == day_of(at_ms)


def test_a_settled_room_counts_for_bettors_and_host() -> None:
    """Volume is what stood in the pool; profit what came back less what was staked; who was refunded has not played."""
    expected = [
        Score(user=ANN, day=TODAY, rooms=1, hits=1, volume=Lamports(600), profit=369),
        Score(user=BEN, day=TODAY, rooms=1, volume=Lamports(400), profit=-400),
        Score(user=CAT, day=TODAY),
        Score(user=HOST, day=TODAY, hosted=1, host_volume=Lamports(1_000), host_earned=Lamports(10)),
    ]

    assert expected == user_scores(ROOM)


def test_a_void_room_is_neither_hit_nor_miss() -> None:
    """It moves no volume and no profit, and counts as void for all who were in it."""
    void = replace(ROOM, figures=None, paid={}, refunded={})

    assert [
        Score(user=ANN, day=TODAY, voided=1),
        Score(user=BEN, day=TODAY, voided=1),
        Score(user=CAT, day=TODAY, voided=1),
        Score(user=HOST, day=TODAY, hosted=1, hosted_voided=1),
    ] == user_scores(void)
    assert HouseScore(day=TODAY, voided=1, hosted=1) == house_score(void)


def test_a_host_may_bet_in_his_own_room() -> None:
    """He has one score, as both."""
    found = {score.user: score for score in user_scores(replace(ROOM, host=ANN))}

    assert [ANN, BEN, CAT] == list(found)
    assert (1, 1, 369, Lamports(10)) == (
        found[ANN].hosted,
        found[ANN].hits,
        found[ANN].profit,
        found[ANN].host_earned,
    )


def test_a_room_without_a_host_counts_for_its_bettors_only() -> None:
    """Nobody hosted it, not even for the house."""
    alone = replace(ROOM, host=None)

    assert [ANN, BEN, CAT] == [score.user for score in user_scores(alone)]
    assert 0 == house_score(alone).hosted


def test_the_house_sees_where_the_volume_went() -> None:
    """Volume + subsidy = takeout + paid + breakage (I8), and its profit is what it keeps of that."""
    house = house_score(ROOM)

    assert (1, 0, 1, 2, 1) == (house.settled, house.voided, house.hosted, house.players, house.hits)
    assert house.volume + house.subsidy == house.takeout + house.paid + house.breakage
    assert (19, 5_000) == (house.profit, house.hit_bps)
    assert house.volume.value == sum(score.volume.value for score in user_scores(ROOM))
    assert 0 == house.profit + house.commissions.value + house.host.value + sum(
        score.profit for score in user_scores(ROOM)
    )


def test_scores_add_up() -> None:
    """Two rooms are the sum of both, field by field."""
    ann, house = user_scores(ROOM)[0], house_score(ROOM)

    assert Score(user=ANN, day=TODAY, rooms=2, hits=2, volume=Lamports(1_200), profit=738) == ann.plus(ann)
    assert (2, 4, Lamports(2_000), 38) == (
        house.plus(house).settled,
        house.plus(house).players,
        house.plus(house).volume,
        house.plus(house).profit,
    )


def test_only_what_belongs_together_adds_up() -> None:
    """Another user or another day is a mistake of ours."""
    ann, house = user_scores(ROOM)[0], house_score(ROOM)

    for other in (replace(ann, user=BEN), replace(ann, day=ALL_TIME)):
        with pytest.raises(InvariantBroken, match="I2"):
            ann.plus(other)
    with pytest.raises(InvariantBroken, match="I2"):
        house.plus(replace(house, day=ALL_TIME))


@pytest.mark.parametrize(
    "hits, rooms, bps", [(0, 0, 0), (0, 3, 0), (1, 3, 3_333), (2, 3, 6_666), (3, 3, 10_000)]
)
def test_a_hit_rate_is_rounded_down(hits: int, rooms: int, bps: int) -> None:
    """In basis points; nothing of nothing is 0."""
    assert bps == hit_rate(hits, rooms)
    assert bps == Score(user=ANN, day=TODAY, hits=hits, rooms=rooms).hit_bps
