"""Rows sent into tables by the thousand, while the next ones are worked out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_core.domain.invariants import ensure
from rooms_store.bulk import Blocks, insert_many
from rooms_store.resting import CYCLE_SEARCH

SENT: Final = 10_000
"""How many rows are sent into a table at a time."""


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
        if len(added) >= SENT:
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
