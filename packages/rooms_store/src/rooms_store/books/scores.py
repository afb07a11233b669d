"""Counting ended rooms in SQL: one INSERT … SELECT for a room's bettors and its host, however many they are.

The room's mark goes first, by compare-and-set: of several that count the same room one goes on, and the others find it
done. Users are added to in the order of their ids, the house last.
"""

from __future__ import annotations

from typing import Final

import attrs
from sqlalchemy import case, delete, null, select, text, true, update

from rooms_core.domain.ids import RoomId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.money import BPS_WHOLE
from rooms_core.domain.score import ALL_TIME, day_of
from rooms_core.domain.tally import Figures
from rooms_core.ports.books import SettlementRow
from rooms_store.books.settlements import SqlSettlements
from rooms_store.dialect import insert, insert_new
from rooms_store.leases import SqlLeases
from rooms_store.room_sums import Sums, by_user, players, room_sums
from rooms_store.score_tables import HOUSE_SUMS, SUMS, WAITING, house_score, room_count, score
from rooms_store.tables import room as rooms
from rooms_store.tables import settlement
from rooms_store.work import Work

_COUNTING: Final = "counting"
"""What whoever counts proves and whoever forgets locks alone; nobody ever holds it."""


@attrs.frozen
class SqlScores:
    """Implements `ports.scores.Scores`."""

    _work: Work

    async def waiting(self, limit: int) -> list[RoomId]:
        """Some rooms that wait to be counted, those that ended first first."""
        statement = (
            select(room_count.c.room_id)
            .where(text(WAITING))
            .order_by(room_count.c.ended_at_ms, room_count.c.room_id)
            .limit(limit)
        )
        return [RoomId(row.room_id) for row in await self._work.rows(statement)]

    async def count(self, room: RoomId) -> bool:
        """Add an ended room to all scores."""
        await SqlLeases(self._work).prove(_COUNTING)
        marked = (
            update(room_count)
            .where(room_count.c.room_id == room, room_count.c.counted_at_ms.is_(None))
            .values(counted_at_ms=await self._work.dated_ms())
        )
        if not await self._work.write(marked):
            return False
        ended = await SqlSettlements(self._work).get(room)
        if ended is None:
            raise InvariantBroken("I12", f"room {room} waits to be counted and has no settlement row")
        sums = room_sums(room, settled=ended.figures is not None)
        await self._add_users(ended, sums)
        await self._add_house(ended, sums)
        return True

    async def forget(self) -> None:
        """Empty every score; all ended rooms wait again, also those that were never written down.

        It waits for whoever is counting, and they for it: a score that is just being added would be missed.
        """
        work = self._work
        await SqlLeases(work).lock_alone(_COUNTING)
        await work.write(delete(score))
        await work.write(delete(house_score))
        await work.write(update(room_count).values(counted_at_ms=None))
        ended = select(settlement.c.room_id, settlement.c.at_ms, null()).where(true())
        await work.write(insert_new(room_count).from_select(room_count.c.keys(), ended))

    async def _add_users(self, ended: SettlementRow, sums: Sums) -> None:
        rows = by_user(sums, day_of(ended.at_ms), settled=ended.figures is not None)
        added = insert(score).from_select(score.c.keys(), rows)
        new = added.excluded
        rooms, hits = score.c.rooms + new.rooms, score.c.hits + new.hits
        changes = {name: score.c[name] + new[name] for name in SUMS}
        changes["hit_bps"] = hits * BPS_WHOLE // case((rooms > 0, rooms), else_=1)
        await self._work.write(added.on_conflict_do_update(index_elements=["user_id", "day"], set_=changes))

    async def _add_house(self, ended: SettlementRow, sums: Sums) -> None:
        adds = {"voided": 1} if ended.figures is None else await self._settled(ended.figures, sums)
        hosts = await self._work.first(select(rooms.c.host).where(rooms.c.id == ended.room))
        adds["hosted"] = int(hosts is not None and hosts.host is not None)
        values = {name: adds.get(name, 0) for name in HOUSE_SUMS}
        added = insert(house_score).values(
            [{"day": day, **values} for day in (ALL_TIME, day_of(ended.at_ms))]
        )
        changes = {name: house_score.c[name] + added.excluded[name] for name in HOUSE_SUMS}
        await self._work.write(added.on_conflict_do_update(index_elements=["day"], set_=changes))

    async def _settled(self, figures: Figures, sums: Sums) -> dict[str, int]:
        (counted,) = await self._work.rows(players(sums))
        named = ("paid", "host", "commissions", "protocol", "breakage", "subsidy")
        return {
            "settled": 1,
            "players": counted.players or 0,
            "hits": counted.hits or 0,
            "volume": figures.gross.value,
            **{name: getattr(figures, name).value for name in named},
        }
