"""Settled and voided rooms in SQL: one row each, for ever (R7)."""

from __future__ import annotations

import attrs
from sqlalchemy import select

from rooms_core.domain.ids import RoomId
from rooms_core.ports.books import SettlementRow
from rooms_store.dialect import insert_new
from rooms_store.rows import settlement_of, settlement_values
from rooms_store.score_tables import room_count
from rooms_store.tables import settlement
from rooms_store.work import Work


@attrs.frozen
class SqlSettlements:
    """Implements `ports.books.Settlements`."""

    _work: Work

    async def add(self, row: SettlementRow) -> bool:
        """Record it; False if the room has one."""
        if await self._work.write(insert_new(settlement).values(settlement_values(row))) == 0:
            return False
        waits = {"room_id": row.room, "ended_at_ms": row.at_ms, "counted_at_ms": None}
        await self._work.write(room_count.insert().values(waits))
        return True

    async def get(self, room: RoomId) -> SettlementRow | None:
        """A room's row, or None."""
        row = await self._work.first(select(settlement).where(settlement.c.room_id == room))
        return None if row is None else settlement_of(row)
