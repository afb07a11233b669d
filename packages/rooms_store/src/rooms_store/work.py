"""One unit of work as the books see it: a connection, a clock, ids, and what has to be in order before COMMIT."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import attrs
from sqlalchemy import CursorResult, Executable, Row, Select, Table, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_core.domain.ids import RoomId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.market import Outcome
from rooms_core.ports.clock import Clock
from rooms_core.ports.ids import IdSource
from rooms_store.bulk import Blocks
from rooms_store.copies import Copies
from rooms_store.dialect import WHOLE, locked, locked_by_writing

Rows = Sequence[Row[Any]]
_ID: Final = attrgetter("id")

_SERVER_NOW = select(
    cast(func.floor(func.extract("epoch", func.clock_timestamp()) * 1000), WHOLE).label("now_ms")
)


@attrs.define
class Work:
    """What the books of one unit of work share. `block`: the number of rows in which long answers come.

    `reading`: nothing is locked or written. `worker`: the number of this process. `server_time`: the time is the
    server's, and the clock given says nothing. `spread`: a table's rows may lie on several servers. `outcomes`
    remembers the names of the outcomes of rooms that were read, which never change.
    """

    connection: AsyncConnection
    _clock: Clock
    ids: IdSource
    block: int
    reading: bool = False
    worker: int = 0
    server_time: bool = False
    spread: bool = False
    outcomes: dict[RoomId, tuple[Outcome, ...]] = attrs.field(factory=dict)
    unclosed: set[str] = attrs.field(factory=set)
    _judged_ms: int | None = None
    copies: Copies = attrs.Factory(lambda self: Copies(self.connection), takes_self=True)
    _streams: list[Blocks[Any]] = attrs.field(factory=list)

    async def now_ms(self) -> int:
        """The time by which this unit of work judges (decision E8)."""
        if not self.server_time:
            return self._clock.now_ms()
        (row,) = await self.rows(_SERVER_NOW)
        self._judged_ms = int(row.now_ms)
        return self._judged_ms

    async def dated_ms(self) -> int:
        """The time that rows bear: by the same clock; the server is not asked again once it was."""
        return await self.now_ms() if self._judged_ms is None else self._judged_ms

    async def rows(self, statement: Executable, **given: Any) -> Rows:
        """All rows a statement answers; `given` are its parameters, where it was written before."""
        return (await (await self.free()).execute(statement, given)).fetchall()

    async def first(self, statement: Executable) -> Row[Any] | None:
        """The first row a statement answers, or None."""
        return (await (await self.free()).execute(statement)).first()

    async def write(self, statement: Executable) -> int:
        """Run a statement, and answer how many rows it changed."""
        done: CursorResult[Any] = await (await self.free()).execute(statement)
        return done.rowcount

    async def write_each(self, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> int:
        """Run a statement once for each of these sets of parameters; answers how many rows changed."""
        parameters = [dict(row) for row in rows]
        if not parameters:
            return 0
        done: CursorResult[Any] = await (await self.free()).execute(statement, parameters)
        return done.rowcount

    async def lock(self, rows: Select[Any], **given: Any) -> Rows:
        """Lock the rows of a statement that orders them by id, and read them; on a look they are only read.

        The one place that knows how: where tables are spread, many rows are locked by writing them.
        """
        if self.reading:
            return await self.rows(rows, **given)
        if not self.spread:
            return await self.rows(locked(rows), **given)
        return sorted(await self.rows(locked_by_writing(rows), **given), key=_ID)

    async def free(self) -> AsyncConnection:
        """The connection, when nothing else is under way on it."""
        return await self.copies.free()

    async def copy(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows that are not there yet, in the order of the table's columns; they go in beside what follows."""
        await self.copies.add(table, rows, reading=self._streams)

    def streamed(self, blocks: Blocks[Any]) -> None:
        """Remember a stream, so that it is closed with the unit of work even if nobody reads it to its end."""
        self._streams.append(blocks)

    async def finish(self) -> None:
        """Close what is open. Raises InvariantBroken for an entry whose balances have not moved (I2)."""
        _ = await self.free()
        await self.close_streams()
        ensure(not self.unclosed, "I2", f"entries without their balances: {sorted(self.unclosed)}")

    async def close_streams(self) -> None:
        """Close every stream that is still open."""
        await self.copies.abandon()
        while self._streams:
            await self._streams.pop().close()
