"""Count rooms: what ended rooms add to the statistics, each exactly once, a moment after they ended.

A unit of work for each room, so that any number of processes may count at the same time and each may die at any point:
the room's mark and its scores stand together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.ids import RoomId
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rooms this call counted, and whether there may be more that wait.

    `failed`: rooms whose unit of work failed, each with its reason. They are tried again with the next call, and stop
    no other room.
    """

    rooms: int
    more: bool
    failed: tuple[tuple[RoomId, StoreFailed], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRooms:
    """Add ended rooms to the scores of their bettors, their hosts and the house."""

    store: Store
    block: int = 100

    async def __call__(self) -> Result[Counted, StoreFailed]:
        """Count up to `block` waiting rooms, those that ended first first."""

        async def waiting(books: Books) -> Result[list[RoomId], StoreFailed]:
            return Ok(await books.scores.waiting(self.block))

        found = await self.store.run(waiting)
        if isinstance(found, Err):
            return found
        rooms = 0
        failed: list[tuple[RoomId, StoreFailed]] = []
        for room in found.value:
            match await self.count(room):
                case Ok(new):
                    rooms += new
                case Err(why):
                    failed.append((room, why))
        return Ok(Counted(rooms, len(found.value) == self.block, tuple(failed)))

    async def count(self, room: RoomId) -> Result[bool, StoreFailed]:
        """Count one room; False if it does not wait: it has not ended, or somebody else has counted it."""

        async def work(books: Books) -> Result[bool, StoreFailed]:
            return Ok(await books.scores.count(room))

        return await self.store.run(work)

    async def rest(self) -> Result[Counted, StoreFailed]:
        """Count block by block until no room waits, or until nothing of a whole block could be counted."""
        rooms = 0
        while True:
            counted = await self()
            if isinstance(counted, Err):
                return counted
            rooms += counted.value.rooms
            if not counted.value.more or not counted.value.rooms:
                return Ok(Counted(rooms, counted.value.more, counted.value.failed))

    async def recount(self) -> Result[Counted, StoreFailed]:
        """Empty every score and count all ended rooms again; until it is through, boards are short of rooms.

        Nobody else need stop: what ends or is counted meanwhile is counted once too.
        """

        async def forget(books: Books) -> Result[None, StoreFailed]:
            await books.scores.forget()
            return Ok(None)

        forgotten = await self.store.run(forget)
        return forgotten if isinstance(forgotten, Err) else await self.rest()
