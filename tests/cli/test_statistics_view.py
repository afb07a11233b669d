"""Scores as people and programs see them."""

from __future__ import annotations

import pytest

from rooms_cli.statistics_view import (
    day_name,
    house_cells,
    house_json,
    percent,
    score_json,
    signed_sol,
    user_cells,
)
from rooms_core.domain.ids import UserId
from rooms_core.domain.score import ALL_TIME, Day, HouseScore, Score
from rooms_core.testing.builders import sols

SCORE = Score(
    user=UserId(2), day=Day(0), rooms=3, hits=1, volume=sols("1.5"), profit=-1, host_earned=sols("0.1")
)
HOUSE = HouseScore(day=ALL_TIME, settled=2, players=2_000, hits=999, protocol=sols("1"), subsidy=sols("2"))


@pytest.mark.parametrize(
    "bps, text", [(0, "0.00 %"), (3_333, "33.33 %"), (10_000, "100.00 %"), (5, "0.05 %")]
)
def test_a_rate_has_two_decimals(bps: int, text: str) -> None:
    """Basis points are exact that way."""
    assert text == percent(bps)


@pytest.mark.parametrize("lamports, text", [(0, "0"), (-1, "-0.000000001"), (1_500_000_000, "1.5")])
def test_a_loss_has_a_minus(lamports: int, text: str) -> None:
    """Otherwise as any amount."""
    assert text == signed_sol(lamports)


def test_programs_read_strings_of_lamports() -> None:
    """Ids and amounts are strings, counts are numbers, and all time is null."""
    told, house = score_json(SCORE), house_json(HOUSE)

    assert ("2", "1970-01-01", 3, 3_333) == (told["user"], told["day"], told["rooms"], told["hit_bps"])
    assert ("1500000000", "-1", "100000000") == (told["volume"], told["profit"], told["host_earned"])
    assert (None, 2, "1000000000", "-1000000000") == (
        house["day"],
        house["settled"],
        house["takeout"],
        house["profit"],
    )


def test_people_read_sol_and_percent() -> None:
    """Thousands are grouped."""
    assert ["3", "1", "33.33 %", "0", "1.5", "-0.000000001", "0", "0", "0.1"] == user_cells(SCORE)
    assert ["2", "0", "0", "2,000", "49.95 %", "0", "0", "1", "-1"] == house_cells(HOUSE)
    assert ["1970-01-01", "all time"] == [day_name(SCORE), day_name(HOUSE)]
