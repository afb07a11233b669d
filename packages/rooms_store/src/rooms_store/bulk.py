"""Many rows at once: long answers in blocks, and inserts of thousands of rows without looking at each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Executable, Row, Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncResult

from rooms_store.dialect import arrays_of, insert_rows

T = TypeVar("T")


class Blocks(Generic[T]):
    """An answer read in blocks while other statements run on the same connection. Memory holds one block.

    `ask` makes the statement when the first block is wanted, `convert` makes values of the rows of a block.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        ask: Callable[[], Awaitable[Executable]],
        *,
        block: int,
        convert: Callable[[Sequence[Row[Any]]], Awaitable[Sequence[T]]],
    ) -> None:
        self._connection = connection
        self._ask = ask
        self._block = block
        self._convert = convert
        self._answer: AsyncResult[Any] | None = None
        self._ended = False

    def __aiter__(self) -> Blocks[T]:
        return self

    async def __anext__(self) -> Sequence[T]:
        if self._ended:
            raise StopAsyncIteration
        if self._answer is None:
            self._answer = await self._connection.stream(await self._ask())
        rows = await self._answer.fetchmany(self._block)
        if not rows:
            await self.close()
            raise StopAsyncIteration
        return await self._convert(rows)

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
