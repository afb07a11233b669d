"""Many rows at once: long answers in blocks, and inserts of thousands of rows without looking at each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from sqlalchemy import ClauseElement, Executable, Row, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_store.dialect import arrays_of, insert_rows

T = TypeVar("T")

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


async def insert_many(
    connection: AsyncConnection, table: Table, rows: Sequence[tuple[Any, ...]], *, new_only: bool = False
) -> None:
    """Insert rows given in the order of the table's columns. `new_only`: pass over those whose key is taken."""
    if rows:
        database = connection.dialect.name
        parameters = list(rows) if database == "sqlite" else arrays_of(rows)
        await connection.exec_driver_sql(_insert(table, database, new_only), parameters)


@cache
def _insert(table: Table, database: str, new_only: bool) -> str:
    return insert_rows(table, database, new_only=new_only)
