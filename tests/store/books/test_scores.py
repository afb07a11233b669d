"""Counting in SQL, as far as no other store does the same."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from rooms_core.domain.ids import RoomId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.money import Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.result import Ok
from rooms_core.services.count_rooms import Counted, CountRooms
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, a_user
from rooms_store.opening import OpenBooks

ANN, BEN = (a_user(number).id for number in (2, 4))


async def end(keeper: Bookkeeper, number: int, *, yes: int, no: int) -> None:
    """Ann's stake on YES against Ben's on NO, in lamports; YES."""
    room = a_room(number, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    bets = (
        a_bet(number * 10, ANN, "YES", Lamports(yes), room=number),
        a_bet(number * 10 + 2, BEN, "NO", Lamports(no), room=number),
    )
    await keeper.opened(room, *bets)
    assert isinstance(await SettleRoom(store=keeper.store)(room.id), Ok)


async def test_a_sum_past_63_bits_is_refused(keeper: Bookkeeper) -> None:
    """Better a room that is missing than a figure that is wrong: it goes on waiting, and the scores are as before."""
    await keeper.people(ANN, each=Lamports(2**62))
    await keeper.people(BEN, each=Lamports(2**61))
    for number in (1_000, 1_002, 1_004):
        await end(keeper, number, yes=2**61 + 2**60, no=2**58)

    with pytest.raises(InvariantBroken, match="I3"):
        await CountRooms(store=keeper.store)()

    assert 1 == await keeper.ask(lambda ask: ask.uncounted())
    assert Lamports(2**62 + 2**61) == (await keeper.ask(lambda ask: ask.score(ANN))).volume


async def test_a_room_that_was_never_written_down_is_found_by_counting_again(
    store: OpenBooks, keeper: Bookkeeper
) -> None:
    """The settlements say which rooms have ended."""
    await keeper.people(ANN, BEN, each=Lamports(10**10))
    await end(keeper, 1_000, yes=10**9, no=10**9)
    async with store._engines.writer.begin() as connection:
        await connection.execute(text("DELETE FROM room_count"))
    count = CountRooms(store=store)

    assert Ok(Counted(0, more=False)) == await count()
    assert Ok(Counted(1, more=False)) == await count.recount()


async def test_a_room_that_waits_has_ended(store: OpenBooks, keeper: Bookkeeper) -> None:
    """A row without a settlement is a broken promise, and counts nothing."""
    async with store._engines.writer.begin() as connection:
        await connection.execute(text("INSERT INTO room_count VALUES (1000, 1, NULL)"))

    with pytest.raises(InvariantBroken, match="I12"):
        await keeper.do(lambda books: books.scores.count(RoomId(1_000)))
