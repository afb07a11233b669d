"""The promises of `ports.books.Settlements`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.money import STORED_MAX, ZERO, Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.tally import Figures
from rooms_core.ports.books import SettlementRow
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_room
from rooms_core.testing.clock import NOON_MS

FIGURES = Figures(
    staked=Lamports(150 + 7 + 5),
    late_refunds=Lamports(7),
    match_refunds=Lamports(5),
    gross=Lamports(150),
    takeout=Lamports(45),
    host=Lamports(15),
    protocol=Lamports(29),
    commissions=Lamports(1),
    paid=Lamports(103),
    breakage=Lamports(2),
    subsidy=ZERO,
)
SUBSIDISED = replace(FIGURES, paid=Lamports(STORED_MAX), breakage=ZERO, subsidy=Lamports(STORED_MAX - 105))
SETTLED = SettlementRow(
    room=a_room().id,
    status=RoomStatus.SETTLED,
    figures=FIGURES,
    header='{"é":"ü"}',
    receipt_hash="sha256:ab",
    at_ms=NOON_MS,
)


@pytest.mark.parametrize(
    "row",
    [
        SETTLED,
        replace(SETTLED, figures=SUBSIDISED),
        replace(SETTLED, status=RoomStatus.VOIDED, figures=None),
    ],
)
async def test_a_row_comes_back_as_it_was_written(keeper: Bookkeeper, row: SettlementRow) -> None:
    """Every figure is kept to the lamport, and the header to the character."""
    await keeper.opened(a_room())

    assert None is await keeper.do(lambda books: books.settlements.get(row.room))
    assert await keeper.do(lambda books: books.settlements.add(row))
    assert row == await keeper.do(lambda books: books.settlements.get(row.room))


async def test_a_room_has_one_row_for_ever(keeper: Bookkeeper) -> None:
    """A second settlement is refused and changes nothing, whatever it says (R7)."""
    await keeper.opened(a_room())
    voided = replace(SETTLED, status=RoomStatus.VOIDED, figures=None)
    await keeper.do(lambda books: books.settlements.add(SETTLED))

    assert not await keeper.do(lambda books: books.settlements.add(voided))
    assert not await keeper.do(lambda books: books.settlements.add(SETTLED))
    assert SETTLED == await keeper.do(lambda books: books.settlements.get(SETTLED.room))
