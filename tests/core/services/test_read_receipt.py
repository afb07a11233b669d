"""Reading a receipt back: from the bets it was made of, or not at all (decision R8)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from rooms_core.domain.ids import RoomId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.ports.books import Bets, Books, SettlementRow
from rooms_core.ports.queries import Queries
from rooms_core.ports.store import StoreFailed
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok, Result
from rooms_core.services.closing import AlreadyEnded, void
from rooms_core.services.read_receipt import NoReceipt, ReadReceipt
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.house import House


class Silent:
    """Queries of which the one that is named fails."""

    def __init__(self, queries: Queries, name: str) -> None:
        self._queries = queries
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name != self._name:
            return getattr(self._queries, name)

        async def fails(*_: object) -> Result[object, StoreFailed]:
            return Err(StoreFailed("silent"))

        return fails


class Elsewhere:
    """Queries that find another row, or other bets, than were paid."""

    def __init__(self, queries: Queries, row: SettlementRow) -> None:
        self._queries = queries
        self._row = row

    async def room(self, room: RoomId) -> Result[Room | None, StoreFailed]:
        """The room as it is."""
        return await self._queries.room(room)

    async def settlement(self, room: RoomId) -> Result[SettlementRow | None, StoreFailed]:
        """The row that was put in its place."""
        return Ok(self._row)

    async def with_bets(
        self, work: Callable[[Bets], Awaitable[Result[Any, StoreFailed]]]
    ) -> Result[Any, StoreFailed]:
        """The bets as they are."""
        return await self._queries.with_bets(work)


async def a_room_with(*sides: str) -> tuple[House, Room]:
    """1 SOL of a bettor on each of these sides, and YES has won."""
    house, room = House(), a_room(status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    people = [2 * number for number in range(1, len(sides) + 1)]
    await house.books.people(*people, each=sols("1"))
    await house.books.opened(
        room, *[a_bet(100 + who, who, side, sols("1")) for who, side in zip(people, sides, strict=True)]
    )
    return house, room


def as_queries(fake: object) -> Queries:
    """What is asked of it is there."""
    return cast("Queries", fake)


@pytest.mark.parametrize("sides, state", [(("YES", "NO"), "SETTLED"), (("YES", "YES"), "VOIDED")])
async def test_a_receipt_can_be_read_as_often_as_one_likes(sides: tuple[str, ...], state: str) -> None:
    """Its lines are not stored: they come from the bets, and are the same each time."""
    house, room = await a_room_with(*sides)
    await house.settle(room.id)
    first, second = await house.receipt(room.id), await house.receipt(room.id)

    assert isinstance(first, Ok)
    assert first == second
    verified = verify_receipt(first.value)
    assert isinstance(verified, Ok)
    assert (state, 2) == (verified.value.state, verified.value.lines)


async def test_a_void_room_without_an_answer_has_a_receipt_too() -> None:
    """All stakes went back, and the reason stands in it."""
    house, room = await a_room_with("YES", "NO")

    async def work(books: Books) -> Result[SettlementRow, AlreadyEnded]:
        stands = (await books.rooms.lock([room.id]))[room.id]
        unanswered = replace(stands, resolution=None)
        return await void(books, unanswered, VoidReason.POOL_MOVED, evidence=["sha256:aa"])

    await house.store.run(work)
    read = await house.receipt(room.id)
    assert isinstance(read, Ok)
    assert "POOL_MOVED" == read.value["header"]["reason"]
    assert isinstance(verify_receipt(read.value), Ok)


async def test_a_room_whose_money_is_in_the_pot_has_no_receipt() -> None:
    """Nor has one that does not exist."""
    house, room = await a_room_with("YES", "NO")

    assert Err(NoReceipt(room.id)) == await house.receipt(room.id)
    assert Err(NoReceipt(RoomId(8))) == await house.receipt(RoomId(8))


@pytest.mark.parametrize("name", ["room", "settlement", "with_bets"])
async def test_silence_is_handed_on(name: str) -> None:
    """Whichever of the three questions stays without an answer."""
    house, room = await a_room_with("YES", "NO")
    await house.settle(room.id)
    read = ReadReceipt(queries=as_queries(Silent(house.store.queries, name)))

    assert Err(StoreFailed("silent")) == await read(room.id)


async def test_bets_that_are_not_those_that_were_paid_are_noticed() -> None:
    """A receipt whose lines cannot be derived again is no receipt but an alarm (I6)."""
    house, room = await a_room_with("YES", "NO")
    settled = await house.settle(room.id)
    assert isinstance(settled, Ok)
    header = json.loads(settled.value.header)
    header["lines"]["sha256"] = "0" * 64
    row = SettlementRow(
        room=room.id,
        status=RoomStatus.SETTLED,
        figures=settled.value.figures,
        header=json.dumps(header),
        receipt_hash=settled.value.receipt_hash,
        at_ms=1,
    )

    with pytest.raises(InvariantBroken, match="I6"):
        await ReadReceipt(queries=as_queries(Elsewhere(house.store.queries, row)))(room.id)


async def test_a_settled_row_over_a_pool_without_a_contest_is_noticed() -> None:
    """Whoever writes SETTLED over a one-sided room is found out (I6)."""
    house, room = await a_room_with("YES", "YES")
    row = SettlementRow(
        room=room.id, status=RoomStatus.SETTLED, figures=None, header="{}", receipt_hash="", at_ms=1
    )

    with pytest.raises(InvariantBroken, match="would be void: ONE_SIDED"):
        await ReadReceipt(queries=as_queries(Elsewhere(house.store.queries, row)))(room.id)
