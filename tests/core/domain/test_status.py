"""The life of a room is a table without a way back."""

from __future__ import annotations

from itertools import product

import pytest

from rooms_core.domain.status import RoomStatus, may_move

QUEUING, OPEN, LOCKED, SETTLING, SETTLED, VOIDED = RoomStatus
EDGES = {
    (QUEUING, OPEN),
    (OPEN, LOCKED),
    (LOCKED, SETTLING),
    (SETTLING, SETTLED),
    (QUEUING, VOIDED),
    (OPEN, VOIDED),
    (LOCKED, VOIDED),
    (SETTLING, VOIDED),
}


@pytest.mark.parametrize("source, target", list(product(RoomStatus, RoomStatus)))
def test_every_move_there_is(source: RoomStatus, target: RoomStatus) -> None:
    """QUEUING → OPEN → LOCKED → SETTLING → SETTLED, and VOIDED from all but SETTLED (I7)."""
    assert ((source, target) in EDGES) is may_move(source, target)


@pytest.mark.parametrize(
    "status, takes_bets, final",
    [
        (QUEUING, True, False),
        (OPEN, True, False),
        (LOCKED, False, False),
        (SETTLING, False, False),
        (SETTLED, False, True),
        (VOIDED, False, True),
    ],
)
def test_what_a_state_means(status: RoomStatus, takes_bets: bool, final: bool) -> None:
    """Bets while QUEUING or OPEN; the pot is empty for ever once SETTLED or VOIDED (R1)."""
    assert (takes_bets, final) == (status.takes_bets, status.final)
