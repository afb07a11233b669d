"""The rooms in SQL: locked in id order, moved by compare-and-set."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Select, literal_column, select, update

from rooms_core.domain.ids import RoomId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.journal import pot
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_store.books.balances import open_accounts
from rooms_store.codes import ROOM_STATUSES
from rooms_store.dialect import among_given, insert_new
from rooms_store.rows import moving_values, outcomes_of, room_of, room_values, stakes_by_room
from rooms_store.tables import ENDED, pool
from rooms_store.tables import room as rooms
from rooms_store.work import Rows, Work

_HOLDING = (RoomStatus.QUEUING, RoomStatus.OPEN, RoomStatus.LOCKED)
_THESE = select(rooms).where(among_given(rooms.c.id, "ids")).order_by(rooms.c.id)
_POOLS = select(pool).where(among_given(pool.c.room_id, "ids"))


@attrs.frozen
class SqlRooms:
    """Implements `ports.books.Rooms`."""

    _work: Work

    async def add(self, room: Room) -> None:
        """Record a new room with its empty pool and its pot."""
        ensure(not room.pool.gross, "I2", f"room {room.id} begins with an empty pool")
        new = await self._work.write(insert_new(rooms).values(room_values(room)))
        ensure(new == 1, "I5", f"room {room.id} is recorded once")
        places = range(len(room.pool.outcomes))
        await self._work.write_each(
            pool.insert(),
            ({"room_id": room.id, "outcome": place, "shard": 0, "total": 0, "bets": 0} for place in places),
        )
        await open_accounts(self._work, [pot(room.id)])

    async def lock(self, ids: Collection[RoomId]) -> dict[RoomId, Room]:
        """Lock rooms in id order and read them."""
        rows = await self._work.lock(_THESE, ids=ids)
        return {room.id: room for room in await with_pools(self._work, rows)}

    async def save(self, room: Room, *, was: RoomStatus) -> bool:
        """Compare-and-set; the pool is not written, bets alone change it."""
        statement = (
            update(rooms)
            .where(rooms.c.id == room.id, rooms.c.status == ROOM_STATUSES.number(was))
            .values(moving_values(room))
        )
        return await self._work.write(statement) == 1

    async def find(
        self,
        statuses: Collection[RoomStatus],
        *,
        lock_due_ms: int | None = None,
        settle_due_ms: int | None = None,
    ) -> list[Room]:
        """Rooms in these states whose time has come, by id."""
        statement = select(rooms).where(*standing(statuses))
        if lock_due_ms is not None:
            statement = statement.where(rooms.c.lock_at_ms <= lock_due_ms)
        if settle_due_ms is not None:
            statement = statement.where(rooms.c.settle_at_ms <= settle_due_ms)
        return await read_rooms(self._work, statement.order_by(rooms.c.id))

    async def staked_on(self, instrument: str) -> Lamports:
        """What the rooms on an instrument hold that are not being settled yet."""
        statement = (
            select(pool.c.total)
            .join(rooms, rooms.c.id == pool.c.room_id)
            .where(rooms.c.instrument == instrument, *standing(_HOLDING))
        )
        return Lamports(sum(row.total for row in await self._work.rows(statement)))


async def read_rooms(work: Work, statement: Select[Any], **given: Any) -> list[Room]:
    """The rooms a statement over their table answers, in its order, each with its pool."""
    return await with_pools(work, await work.rows(statement, **given))


async def with_pools(work: Work, rows: Rows) -> list[Room]:
    """Rooms from their rows, each with its pool.

    A pool is read after its room is locked: until then others may be betting.
    """
    if not rows:
        return []
    pools = await work.rows(_POOLS, ids=[row.id for row in rows])
    stakes = stakes_by_room(pools)
    for row in rows:
        work.outcomes[RoomId(row.id)] = outcomes_of(row.outcomes)
    return [room_of(row, stakes.get(row.id, {})) for row in rows]


def standing(statuses: Collection[RoomStatus]) -> list[ColumnElement[bool]]:
    """Rooms in these states; where none of them has ended, said so that the indexes of unended rooms are found."""
    among_these = rooms.c.status.in_(ROOM_STATUSES.numbers(statuses))
    unended = not any(status.final for status in statuses)
    return [has_not_ended(), among_these] if unended else [among_these]


def has_not_ended() -> ColumnElement[bool]:
    """The money of a room is in its pot, in the words of the indexes that hold such rooms only."""
    return rooms.c.status < literal_column(str(ENDED))
