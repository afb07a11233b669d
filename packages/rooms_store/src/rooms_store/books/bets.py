"""The bets in SQL: placed set-wise, and read as a settlement needs them, in blocks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import attrs
from sqlalchemy import BigInteger, Executable, Text, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_core.domain.bet import Bet, BetOrder
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.market import Outcome
from rooms_core.domain.pool import Pool
from rooms_core.domain.returns import Marginal
from rooms_core.domain.tally import Position
from rooms_store.at_once import write_at_once
from rooms_store.bet_batch import WRITES, columns_of
from rooms_store.books.positions import positions_in, positions_of, returned_of
from rooms_store.bulk import Blocks, Cursor, told, told_plainly
from rooms_store.dialect import Given, total
from rooms_store.failures import VENDOR, known_key
from rooms_store.rows import bet_of, outcomes_of, pool_of
from rooms_store.tables import bet as bets
from rooms_store.tables import pool
from rooms_store.tables import room as rooms
from rooms_store.work import Rows, Work

T = TypeVar("T")


@attrs.frozen
class SqlBets:
    """Implements `ports.books.Bets`."""

    _work: Work

    async def known(self, orders: Sequence[BetOrder]) -> dict[tuple[RoomId, UserId, str], Bet]:
        """The bets these orders ask for again."""
        asked = _ASKED.rows((order.room, order.bettor, order.key) for order in orders)
        found = [
            bet_of(row, await self._outcomes(RoomId(row.room_id)))
            for row in await self._work.rows(_KNOWN, **asked)
        ]
        return {(bet.room, bet.bettor, bet.key): bet for bet in found}

    async def place(self, placed: Sequence[Bet]) -> bool:
        """Record bets with all that follows from them, at once; False if the tables know one of their keys."""
        if placed:
            for room in {bet.room for bet in placed}:
                await self._outcomes(room)
            try:
                await write_at_once(self._work.connection, WRITES, columns_of(placed, self._work.outcomes))
            except VENDOR as error:
                if not known_key(error):
                    raise
                self._work.unclosed.add(f"{placed[0].key!r} or a bet beside it")
                return False
        return True

    async def players(self, room: RoomId) -> int:
        """How many bettors there are."""
        row = await self._work.first(
            select(func.count(bets.c.account_id.distinct()).label("players")).where(bets.c.room_id == room)
        )
        return 0 if row is None else int(row.players)

    async def bettors(self, room: RoomId) -> list[UserId]:
        """Who they are, by id."""
        statement = select(bets.c.account_id).distinct().where(bets.c.room_id == room)
        return [
            UserId(row.account_id) for row in await self._work.rows(statement.order_by(bets.c.account_id))
        ]

    async def pool_until(self, room: RoomId, *, late_after_ms: int | None) -> Pool:
        """The pool without late stakes: from the pool's rows where none can be late, else from the bets."""
        if late_after_ms is None:
            statement = select(pool.c.outcome, total(pool.c.total).label("stakes")).where(
                pool.c.room_id == room
            )
            rows = await self._work.rows(statement.group_by(pool.c.outcome))
        else:
            statement = select(bets.c.outcome, total(bets.c.stake).label("stakes")).where(
                bets.c.room_id == room, bets.c.placed_at_ms <= late_after_ms
            )
            rows = await self._work.rows(statement.group_by(bets.c.outcome))
        return pool_of(await self._outcomes(room), {row.outcome: row.stakes for row in rows})

    def newest_first(self, room: RoomId, outcome: Outcome, *, late_after_ms: int | None) -> Blocks[Bet]:
        """The bets on one outcome that are not late, newest first."""

        async def ask() -> Executable:
            place = (await self._outcomes(room)).index(outcome)
            statement = select(bets).where(bets.c.room_id == room, bets.c.outcome == place)
            if late_after_ms is not None:
                statement = statement.where(bets.c.placed_at_ms <= late_after_ms)
            return statement.order_by(bets.c.placed_at_ms.desc(), bets.c.id.desc())

        async def convert(rows: Rows) -> list[Bet]:
            outcomes = await self._outcomes(room)
            return [bet_of(row, outcomes) for row in rows]

        return self._blocks(ask, convert)

    def positions(
        self, room: RoomId, *, late_after_ms: int | None, marginal: Marginal | None = None
    ) -> Blocks[Position[UserId]]:
        """All positions, by bettor, then in the order of the room's outcomes."""

        async def ask() -> Executable:
            returned = None if marginal is None else returned_of(marginal, await self._outcomes(room))
            return positions_of(room, late_after_ms=late_after_ms, returned=returned)

        async def convert(rows: Rows) -> list[Position[UserId]]:
            return positions_in(rows, await self._outcomes(room))

        return self._blocks(ask, convert, tell=told_plainly)

    def _blocks(
        self,
        ask: Callable[[], Awaitable[Executable]],
        convert: Callable[[Rows], Awaitable[Sequence[T]]],
        tell: Callable[[AsyncConnection, Any], Awaitable[Cursor]] = told,
    ) -> Blocks[T]:
        work = self._work
        blocks = Blocks(work.copies.arrived, ask, block=work.block, convert=convert, tell=tell)
        work.streamed(blocks)
        return blocks

    async def _outcomes(self, room: RoomId) -> tuple[Outcome, ...]:
        """The names of a room's outcomes."""
        known = self._work.outcomes
        if room not in known:
            row = await self._work.first(select(rooms.c.outcomes).where(rooms.c.id == room))
            known[room] = () if row is None else outcomes_of(row.outcomes)
        return known[room]


_ASKED = Given(BigInteger(), BigInteger(), Text())
_KNOWN = select(bets).where(
    *(
        column == asked
        for column, asked in zip((bets.c.room_id, bets.c.account_id, bets.c.key), _ASKED.columns, strict=True)
    )
)
