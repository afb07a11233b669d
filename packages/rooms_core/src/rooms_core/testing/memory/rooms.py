"""The rooms in memory. One unit of work runs at a time, so locking is reading."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rooms_core.domain.ids import RoomId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.money import Lamports, total
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.testing.memory.tables import Tables

_HOLDING = frozenset({RoomStatus.QUEUING, RoomStatus.OPEN, RoomStatus.LOCKED})


class MemoryRooms:
    """Implements `ports.books.Rooms`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, room: Room) -> None:
        """Record a new room; a second one with its id, or one with stakes already in it, is a bug."""
        ensure(room.id not in self._tables.rooms, "I5", f"room {room.id} is recorded once")
        ensure(not room.pool.gross, "I2", f"room {room.id} begins with an empty pool")
        self._tables.rooms.put(room.id, room)

    async def lock(self, ids: Collection[RoomId]) -> dict[RoomId, Room]:
        """The rooms with these ids, by id."""
        rooms = self._tables.rooms
        return {room: rooms[room] for room in sorted(ids) if room in rooms}

    async def save(self, room: Room, *, was: RoomStatus) -> bool:
        """Compare-and-set; the pool is not written, bets alone change it."""
        stored = self._tables.rooms.get(room.id)
        if stored is None or stored.status is not was:
            return False
        moved = replace(
            stored,
            status=room.status,
            opened_at_ms=room.opened_at_ms,
            hold=room.hold,
            resolution=room.resolution,
        )
        self._tables.rooms.put(room.id, moved)
        return True

    async def find(
        self,
        statuses: Collection[RoomStatus],
        *,
        lock_due_ms: int | None = None,
        settle_due_ms: int | None = None,
    ) -> list[Room]:
        """Rooms in these states whose time has come, by id."""
        return [
            room
            for _, room in sorted(self._tables.rooms.items())
            if room.status in statuses
            and (lock_due_ms is None or room.lock_at_ms <= lock_due_ms)
            and (settle_due_ms is None or room.settle_at_ms <= settle_due_ms)
        ]

    async def staked_on(self, instrument: str) -> Lamports:
        """What the rooms on an instrument hold that are not being settled yet."""
        return total(
            room.pool.gross
            for room in self._tables.rooms.values()
            if room.market.instrument == instrument and room.status in _HOLDING
        )
