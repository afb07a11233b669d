"""Rooms on random targets around the present price, and their life without money: OPEN, LOCKED, then the oracle's."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import CoinPrice, Direction, Market, Mode
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store
from rooms_core.result import Ok, Result
from rooms_core.testing.builders import a_room
from rooms_oracle.aggregate import PPM

MINUTE_MS: Final = 60_000
NEAREST_PPM: Final = 300
FURTHEST_PPM: Final = 6_000
SHORTEST_MIN: Final = 3
LONGEST_MIN: Final = 45
LOCK_MS: Final = 60_000
"""Before the settle time."""
_AT_CLOSE_OF: Final = 4
"""One room in so many is compared at its settle time; the others may be touched at any time."""


class RoomMaker:
    """Draws the same rooms for the same seed and prices."""

    def __init__(self, chance: Random, longest_min: int = LONGEST_MIN) -> None:
        self._chance = chance
        self._longest_min = longest_min
        self._number = 1_000

    def draw(self, price: int, now_ms: int, count: int) -> list[Room]:
        """So many rooms, open since a whole minute."""
        return [self._one(price, now_ms) for _ in range(count)]

    def _one(self, price: int, now_ms: int) -> Room:
        self._number += 2  # ids are even
        up = self._chance.random() < 0.5
        away = self._chance.randint(NEAREST_PPM, FURTHEST_PPM)
        settle_at_ms = now_ms + MINUTE_MS * self._chance.randint(SHORTEST_MIN, self._longest_min)
        market = Market(
            CoinPrice("BTC"),
            Direction.UP if up else Direction.DOWN,
            price * (PPM + away if up else PPM - away) // PPM,
            Mode.AT_CLOSE if self._number // 2 % _AT_CLOSE_OF == 0 else Mode.TOUCH,
        )
        return a_room(
            self._number,
            market=market,
            status=RoomStatus.OPEN,
            created_at_ms=now_ms,
            opened_at_ms=now_ms,
            lock_at_ms=settle_at_ms - LOCK_MS,
            settle_at_ms=settle_at_ms,
        )


@dataclass(slots=True)
class Keeper:
    """Opens and locks the rooms of one store; no bets, so that nothing but the oracle is on trial."""

    store: Store
    rooms: dict[RoomId, Room] = field(default_factory=dict)
    _locks: list[tuple[int, RoomId]] = field(default_factory=list)

    async def open(self, rooms: list[Room]) -> None:
        """Record new rooms."""

        async def work(books: Books) -> Result[None, None]:
            for room in rooms:
                await books.rooms.add(replace(room, status=RoomStatus.QUEUING, opened_at_ms=None))
                await books.rooms.save(room, was=RoomStatus.QUEUING)
            return Ok(None)

        assert isinstance(await self.store.run(work), Ok)
        for room in rooms:
            self.rooms[room.id] = room
            heapq.heappush(self._locks, (room.lock_at_ms, room.id))

    async def lock(self, now_ms: int) -> None:
        """Lock what is due; rooms that have their answer already stay as they are."""
        due = []
        while self._locks and self._locks[0][0] <= now_ms:
            due.append(heapq.heappop(self._locks)[1])

        async def work(books: Books) -> Result[None, None]:
            for room in (await books.rooms.lock(due)).values():
                if room.status is RoomStatus.OPEN:
                    await books.rooms.save(room.moved(RoomStatus.LOCKED), was=RoomStatus.OPEN)
            return Ok(None)

        if due:
            assert isinstance(await self.store.run(work), Ok)

    async def stands(self, room: RoomId) -> Room:
        """A room as it stands."""

        async def work(books: Books) -> Result[Room, None]:
            return Ok((await books.rooms.lock([room]))[room])

        found = await self.store.run(work)
        assert isinstance(found, Ok)
        return found.value

    async def evidence(self, hashes: tuple[str, ...]) -> list[str]:
        """The bodies of stored records."""

        async def work(books: Books) -> Result[list[str], None]:
            return Ok([record.body for record in await books.evidence.get(hashes)])

        found = await self.store.run(work)
        assert isinstance(found, Ok)
        return found.value
