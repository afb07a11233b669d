"""A bet, and the order it answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rooms_core.domain.bet import Bet, BetOrder
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.market import NO, YES
from rooms_core.domain.money import Lamports

ORDER = BetOrder(key="k", room=RoomId(2), bettor=UserId(4), outcome=YES, stake=Lamports(7))
BET = Bet(
    id=BetId(6), key="k", room=RoomId(2), bettor=UserId(4), outcome=YES, stake=Lamports(7), placed_at_ms=5
)


@pytest.mark.parametrize("changes", [{}, {"return_min": Lamports(9)}])
def test_the_same_order_is_answered_by_the_first_bet(changes: dict[str, Any]) -> None:
    """The same key with the same bet is the same order, whatever return it now asks for (I5)."""
    assert BET.answers(replace(ORDER, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "other"},
        {"room": RoomId(3)},
        {"bettor": UserId(5)},
        {"outcome": NO},
        {"stake": Lamports(8)},
    ],
)
def test_another_bet_under_the_same_key_is_not(changes: dict[str, Any]) -> None:
    """A difference in anything that is bet makes it another bet."""
    assert not BET.answers(replace(ORDER, **changes))


def test_an_order_asks_for_no_return_by_itself() -> None:
    """`return_min` is the bettor's choice (M12)."""
    assert None is ORDER.return_min
