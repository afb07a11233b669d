"""Ending a room: three guards against paying twice, each on its own (decision R7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

import pytest

from rooms_core.domain import entries
from rooms_core.domain.events import EventKind
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import JournalEntry, Posting, PostingKind, available, pot
from rooms_core.domain.room import Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.ports.books import Books, SettlementRow
from rooms_core.proofs.receipt import pseudonym
from rooms_core.result import Err, Ok, Result
from rooms_core.services.closing import AlreadyEnded, settle, void
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.house import House

ANSWER = a_resolution("YES")
End: TypeAlias = Callable[[House, Room], Awaitable[Result[SettlementRow, object]]]


async def settling(rules: HouseRules | None = None) -> tuple[House, Room]:
    """1 SOL on each side, and YES has won."""
    house, room = House(), a_room(status=RoomStatus.SETTLING, resolution=ANSWER, rules=rules)
    await house.books.people(2, 4, each=sols("1"))
    await house.books.opened(room, a_bet(10, 2, "YES", sols("1")), a_bet(12, 4, "NO", sols("1")))
    return house, await house.stands(room)


async def settled(house: House, room: Room) -> Result[SettlementRow, object]:
    """The room settled as somebody sees it who read it at some time."""

    async def work(books: Books) -> Result[SettlementRow, AlreadyEnded]:
        return await settle(books, room, ANSWER)

    return await house.store.run(work)


async def voided(house: House, room: Room) -> Result[SettlementRow, object]:
    """The room voided by somebody who read it at some time."""

    async def work(books: Books) -> Result[SettlementRow, AlreadyEnded]:
        return await void(books, room, VoidReason.NO_PRICE)

    return await house.store.run(work)


async def test_the_status_is_the_first_guard() -> None:
    """Whoever read the room before it ended can neither settle nor void it now."""
    house, room = await settling()
    assert isinstance(await settled(house, room), Ok)

    assert Err(AlreadyEnded(room.id)) == await settled(house, room)
    assert Err(AlreadyEnded(room.id)) == await voided(house, room)


@pytest.mark.parametrize("end, key", [(settled, entries.settle_key), (voided, entries.void_key)])
async def test_the_key_of_the_entry_is_the_second_guard(end: End, key: Callable[[RoomId], str]) -> None:
    """Were the status set back by hand, the journal still knows that it paid (I5)."""
    house, room = await settling()
    before = Posting(PostingKind.PAYOUT, pot(room.id), available(UserId(2)), sols("1"))

    async def posted(books: Books) -> None:
        await books.journal.post(JournalEntry(key(room.id), (before,)))

    await house.books.do(posted)
    assert Err(AlreadyEnded(room.id)) == await end(house, room)
    assert RoomStatus.SETTLING is (await house.stands(room)).status


async def test_the_settlement_row_is_the_third_guard() -> None:
    """A room has one row for ever: a second one is a bug, and rolls everything back (I5)."""
    house, room = await settling()
    row = SettlementRow(
        room=room.id, status=RoomStatus.SETTLED, figures=None, header="{}", receipt_hash="sha256:", at_ms=1
    )

    async def kept(books: Books) -> None:
        await books.settlements.add(row)

    await house.books.do(kept)
    for end in (settled, voided):
        with pytest.raises(InvariantBroken, match="I5"):
            await end(house, room)
    assert sols("2").value == await house.balance(pot(room.id))


async def test_an_ended_room_has_no_way_back() -> None:
    """SETTLED and VOIDED have no moves: to try is a bug (I7)."""
    house, room = await settling()

    with pytest.raises(InvariantBroken, match="I7"):
        await settled(house, replace(room, status=RoomStatus.SETTLED))
    with pytest.raises(InvariantBroken, match="I7"):
        await voided(house, replace(room, status=RoomStatus.VOIDED))


async def test_a_pot_with_too_much_in_it_stops_the_settlement() -> None:
    """What is left over belongs to somebody: nobody is paid until it is known to whom (I12)."""
    house, room = await settling()
    too_much = Posting(PostingKind.STAKE, available(UserId(6)), pot(room.id), sols("1"))
    await house.books.people(6, each=sols("1"))

    async def work(books: Books) -> None:
        await books.journal.post(JournalEntry("by hand", (too_much,)))

    await house.books.do(work)
    for end in (settled, voided):
        with pytest.raises(InvariantBroken, match="I12"):
            await end(house, room)
    assert sols("3").value == await house.balance(pot(room.id))


async def test_a_subsidy_above_what_was_set_aside_is_a_bug() -> None:
    """Bets that could lead there were refused: if one slipped in, nothing is paid from other people's money."""
    house, room = await settling(HouseRules.preset("us-tote", dividend_min_bps=50_000))

    with pytest.raises(InvariantBroken, match="I3"):
        await settled(house, room)
    assert sols("2").value == await house.balance(pot(room.id))


async def test_a_room_nobody_bet_in_ends_without_a_word() -> None:
    """It is voided with an empty receipt; there is nobody to tell."""
    house = House()
    room = a_room()
    await house.books.opened(room)
    row = await voided(house, room)

    assert isinstance(row, Ok)
    assert '"count":"0"' in row.value.header
    assert [] == await house.told()


async def test_the_receipt_names_question_answer_and_evidence() -> None:
    """Market, price, how it was found, and the records: in the header, under pseudonyms for the bettors."""
    house, room = await settling()
    row = await settled(house, room)
    read = await house.receipt(room.id)

    assert isinstance(row, Ok)
    assert isinstance(read, Ok)
    header = read.value["header"]
    assert {
        "instrument": "SOL/USD",
        "direction": "up",
        "target": "200000000000000",
        "mode": "at_close",
    } == header["question"]
    assert {
        "price": "201000000000000",
        "at_ms": str(ANSWER.at_ms),
        "found_by": "close",
    } == header["answer"]
    assert list(ANSWER.evidence) == header["evidence"]
    assert [pseudonym(room.salt, 2), pseudonym(room.salt, 4)] == [
        line["bettor"] for line in read.value["lines"]
    ]


async def test_those_who_bet_hear_of_a_void() -> None:
    """Each once, with the sum of all his stakes."""
    house, room = await settling()
    await voided(house, room)

    assert [(EventKind.ROOM_VOIDED, 2, "1000000000"), (EventKind.ROOM_VOIDED, 4, "1000000000")] == [
        (event.kind, event.user, event.facts["refunded"]) for event in await house.told()
    ]
