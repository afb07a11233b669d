"""Listing rooms: one statement for every filter and order, along an index that knows only rooms that have not ended.

Filters of few values (direction, mode, held) are looked at on the way; what orders the list has an index. The pot is
summed from the pool rows of the rooms that have not ended: its cost grows with these, never with old rooms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select

from rooms_core.ports.room_filter import RoomFilter, RoomOrder
from rooms_store.books.rooms import has_not_ended
from rooms_store.codes import ROOM_STATUSES
from rooms_store.dialect import total
from rooms_store.tables import pool
from rooms_store.tables import room as rooms

_THIN: Final = "pump:"
"""How the instruments begin whose price a single pool makes."""


def listing(wanted: RoomFilter) -> Select[Any]:
    """The statement that reads one page of rooms."""
    statement = select(rooms).where(*_conditions(wanted)).limit(wanted.limit)
    pot = total(pool.c.total)
    if wanted.by_pot:
        statement = statement.join(pool, pool.c.room_id == rooms.c.id).group_by(rooms.c.id)
    if wanted.pot_min is not None:
        statement = statement.having(pot >= wanted.pot_min.value)
    after = wanted.after
    match wanted.order:
        case RoomOrder.NEWEST:
            if after is not None:
                statement = statement.where(rooms.c.id < after.id)
            return statement.order_by(rooms.c.id.desc())
        case RoomOrder.ENDING_SOONEST:
            settles = rooms.c.settle_at_ms
            if after is not None:
                behind = or_(settles > after.value, rooms.c.id > after.id)
                statement = statement.where(settles >= after.value, behind)
            return statement.order_by(settles, rooms.c.id)
        case RoomOrder.BIGGEST_POT:
            if after is not None:
                behind = or_(pot < after.value, and_(pot == after.value, rooms.c.id < after.id))
                statement = statement.having(behind)
            return statement.order_by(pot.desc(), rooms.c.id.desc())


def _conditions(wanted: RoomFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.unended:
        yield has_not_ended()
    if wanted.statuses:
        yield rooms.c.status.in_(ROOM_STATUSES.numbers(wanted.statuses))
    if wanted.instrument is not None:
        yield rooms.c.instrument == wanted.instrument
    if wanted.host is not None:
        yield rooms.c.host == wanted.host
    if wanted.held is not None:
        yield rooms.c.hold.is_not(None) if wanted.held else rooms.c.hold.is_(None)
    if wanted.before is not None:
        yield rooms.c.id < wanted.before
    if wanted.settles_before_ms is not None:
        yield rooms.c.settle_at_ms < wanted.settles_before_ms
    if wanted.pool_priced is not None:
        thin = rooms.c.instrument.startswith(_THIN, autoescape=True)
        yield thin if wanted.pool_priced else ~thin
    for name, word in (("direction", wanted.direction), ("mode", wanted.mode)):
        if word is not None:
            # Inside a text of the record every quote is escaped: what has them bare is the field itself.
            yield rooms.c.market.contains(f'"{name}":"{word}"', autoescape=True)
