"""Settle a room: pay its pool out on the answer that was found, exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rooms_core.domain.bet import RoomHeld, RoomUnknown
from rooms_core.domain.ids import RoomId
from rooms_core.domain.room import held
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books, SettlementRow
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.closing import AlreadyEnded, settle


@dataclass(frozen=True, slots=True)
class NotSettling:
    """The room has no answer yet, or its money is gone already."""

    room: RoomId
    status: RoomStatus


SettleRefused: TypeAlias = RoomUnknown | NotSettling | RoomHeld | AlreadyEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRoom:
    """Move a room from SETTLING to SETTLED, or to VOIDED where its stakes leave no contest (decision M5).

    All of it is one unit of work: a second settler, a crash or a lost answer changes nothing (R7). Refuses with
    `NotSettling`, `RoomHeld` or `AlreadyEnded`.
    """

    store: Store

    async def __call__(self, room_id: RoomId) -> Result[SettlementRow, SettleRefused | StoreFailed]:
        """Settle one room. Answers the row that stands for it from now on."""

        async def work(books: Books) -> Result[SettlementRow, SettleRefused]:
            room = (await books.rooms.lock([room_id])).get(room_id)
            if room is None:
                return Err(RoomUnknown(room_id))
            resolution = room.resolution
            if room.status is not RoomStatus.SETTLING or resolution is None:
                return Err(NotSettling(room_id, room.status))
            if held(room, await books.now_ms()) and room.hold is not None:
                return Err(RoomHeld(room.hold.reason))
            return await settle(books, room, resolution)

        return await self.store.run(work)

    async def due(self) -> Result[list[RoomId], StoreFailed]:
        """The rooms that wait to be settled, by id."""

        async def work(books: Books) -> Result[list[RoomId], StoreFailed]:
            return Ok([room.id for room in await books.rooms.find([RoomStatus.SETTLING])])

        return await self.store.run(work)
