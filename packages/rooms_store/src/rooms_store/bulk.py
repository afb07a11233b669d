"""Many rows at once: long answers in blocks, and inserts of thousands of rows without looking at each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from sqlalchemy import ClauseElement, Executable, Row, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_core.domain.invariants import ensure
from rooms_store.dialect import arrays_of, insert_rows
from rooms_store.resting import CYCLE_SEARCH

T = TypeVar("T")

COPIED: Final = 10_000
"""How many rows are sent into a table at a time."""
_PART: Final = 1_000
"""How many rows of a block are worked on at a time."""


class Cursor(Protocol):
    """An answer that is read as far as it is wanted."""

    async def fetchmany(self, size: int) -> Sequence[Any]:
        """The next rows; none at its end."""
        ...

    async def close(self) -> None:
        """Nothing more is wanted."""
        ...


async def told(connection: AsyncConnection, statement: Executable) -> Cursor:
    """The answer to a statement."""
    return await connection.stream(statement)


async def told_plainly(connection: AsyncConnection, statement: ClauseElement) -> Cursor:
    """The same in rows that are only good for being taken apart, by the driver itself: a third of the time.

    The statement has no parameters but whole numbers.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if connection.dialect.name == "sqlite" or not driver.is_in_transaction():
        return await told(connection, cast(Executable, statement))
    spelled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    return _Plain(await driver.cursor(str(spelled)))


class _Plain:
    """A cursor of the driver's."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    async def fetchmany(self, size: int) -> Sequence[Any]:
        """The next rows."""
        rows: Sequence[Any] = await self._cursor.fetch(size)
        return rows

    async def close(self) -> None:
        """It ends with the unit of work."""


class Blocks(Generic[T]):
    """An answer read in blocks while other statements run on the same connection. Memory holds two blocks.

    `ask` makes the statement when the first block is wanted, `convert` makes values of the rows of a part of a block.
    `free` answers the connection once nothing else is under way on it.
    """

    def __init__(
        self,
        free: Callable[[], Awaitable[AsyncConnection]],
        ask: Callable[[], Awaitable[Executable]],
        *,
        block: int,
        convert: Callable[[Sequence[Row[Any]]], Awaitable[Sequence[T]]],
        tell: Callable[[AsyncConnection, Any], Awaitable[Cursor]] = told,
    ) -> None:
        self._free = free
        self._ask = ask
        self._block = block
        self._convert = convert
        self._tell = tell
        self._answer: Cursor | None = None
        self._rows: Sequence[Row[Any]] = ()
        self._ahead: Sequence[Row[Any]] | None = None
        self._ended = False

    def __aiter__(self) -> Blocks[T]:
        return self

    async def __anext__(self) -> Sequence[T]:
        if self._ended:
            raise StopAsyncIteration
        if self._answer is None:
            statement = await self._ask()
            self._answer = await self._tell(await self._free(), statement)
        if not self._rows:
            await self.read_ahead()
            self._rows, self._ahead = self._ahead or (), None
            if not self._rows:
                await self.close()
                raise StopAsyncIteration
        await asyncio.sleep(0)  # what is copied in meanwhile (`Copies`) gets its turn
        part, self._rows = self._rows[:_PART], self._rows[_PART:]
        return await self._convert(part)

    async def read_ahead(self) -> None:
        """Read the next block before it is asked for."""
        if self._answer is not None and self._ahead is None:
            _ = await self._free()
            self._ahead = await self._answer.fetchmany(self._block)

    async def close(self) -> None:
        """Give the cursor back; again changes nothing."""
        self._ended = True
        if self._answer is not None:
            answer, self._answer = self._answer, None
            await answer.close()


class Copies:
    """Rows on their way into tables, by the thousand, beside whatever is worked out meanwhile.

    PostgreSQL takes them as streams (COPY), at about half of what a statement costs. One of them is under way at a
    time; `free` waits for it, and for all rows that were added, so that whatever statement follows sees them.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._added: dict[Table, list[tuple[Any, ...]]] = {}
        self._under_way: asyncio.Task[None] | None = None
        self._at_work = False

    async def add(
        self, table: Table, rows: Sequence[tuple[Any, ...]], *, reading: Sequence[Blocks[Any]] = ()
    ) -> None:
        """Insert rows given in the order of the table's columns, none of which is there yet.

        `reading`: streams on the same connection. They read their next block first, as they cannot while rows go in.
        """
        if self._connection.dialect.name == "sqlite":
            await insert_many(self._connection, table, rows)
            return
        if not self._at_work:
            self._at_work = True
            CYCLE_SEARCH.rest()
        added = self._added.setdefault(table, [])
        added += rows
        if len(added) >= COPIED:
            await self._arrived()
            for stream in reading:
                await stream.read_ahead()
            self._start(table)

    async def free(self) -> AsyncConnection:
        """The connection, when all rows that were added are in their tables."""
        await self._arrived()
        while self._added:
            self._start(next(iter(self._added)))
            await self._arrived()
        return self._connection

    async def arrived(self) -> AsyncConnection:
        """The connection, when no rows are on their way; some may still be waiting for more of their table."""
        await self._arrived()
        return self._connection

    async def abandon(self) -> None:
        """The unit of work ends: wait for what is still under way, whatever comes of it."""
        self._added.clear()
        if self._at_work:
            self._at_work = False
            CYCLE_SEARCH.go_on()
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            await asyncio.gather(under_way, return_exceptions=True)

    def _start(self, table: Table) -> None:
        rows = self._added.pop(table)
        self._under_way = asyncio.create_task(copy_in(self._connection, table, rows))

    async def _arrived(self) -> None:
        if self._under_way is not None:
            await self._under_way
            self._under_way = None


async def insert_many(
    connection: AsyncConnection, table: Table, rows: Sequence[tuple[Any, ...]], *, new_only: bool = False
) -> None:
    """Insert rows given in the order of the table's columns. `new_only`: pass over those whose key is taken."""
    if rows:
        database = connection.dialect.name
        parameters = list(rows) if database == "sqlite" else arrays_of(rows)
        await connection.exec_driver_sql(_insert(table, database, new_only), parameters)


async def copy_in(connection: AsyncConnection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Send rows into a table of PostgreSQL. Raises InvariantBroken outside of a unit of work: nothing undoes them."""
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    if not driver.is_in_transaction():
        await connection.exec_driver_sql(
            "SELECT 1"
        )  # a unit of work begins at the server with its first statement
    ensure(driver.is_in_transaction(), "I2", f"rows of {table.name} are written by a unit of work")
    await driver.copy_records_to_table(table.name, records=rows, columns=table.c.keys())


@cache
def _insert(table: Table, database: str, new_only: bool) -> str:
    return insert_rows(table, database, new_only=new_only)
