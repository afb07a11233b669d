"""How a room is told: prices, times and questions in words."""

from __future__ import annotations

import pytest

from rooms_cli.room_view import moment, price, question, room_facts, room_json
from rooms_core.domain.market import Direction, Mode, PumpMarketCap
from rooms_core.domain.room import Hold
from rooms_core.testing.builders import USD, a_market, a_resolution, a_room
from rooms_core.testing.clock import NOON_MS


@pytest.mark.parametrize(
    "units, scale, text",
    [
        (165 * USD, -12, "165"),
        (4_213_377, -12, "0.000004213377"),
        (6_900_001, -2, "69000.01"),
        (100, -2, "1"),
    ],
)
def test_prices_are_exact(units: int, scale: int, text: str) -> None:
    """No digit is lost and no zero is added."""
    assert text == price(units, scale)


def test_times_are_utc() -> None:
    """Noon is noon everywhere."""
    assert ("2025-01-01 12:00:00", "") == (moment(NOON_MS), moment(None))


def test_a_question_fits_a_line() -> None:
    """Instrument, way, target and mode."""
    market = a_market(subject=PumpMarketCap("mint"), target=123_45, direction=Direction.DOWN, mode=Mode.TOUCH)

    assert "pump:mint down to 123.45, touch" == question(market)


def test_a_held_room_says_why() -> None:
    """The hold stands beside the status, the answer with its price."""
    room = a_room(hold=Hold("looks odd", NOON_MS), resolution=a_resolution("YES"))
    said = dict(room_facts(room))

    assert "QUEUING, held: looks odd" == said["status"]
    assert "YES at 201 on 2025-01-01 12:00:00, by close" == said["answer"]
    assert {"reason": "looks odd", "since_ms": NOON_MS} == room_json(room)["hold"]
