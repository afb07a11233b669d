"""Opening the books: the tables brought up to date, a worker number of one's own, and everything closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from rooms_core.domain.ids import WORKERS
from rooms_core.ports.clock import Clock
from rooms_store.engine import Engines, open_engines, sqlite_path
from rooms_store.ids import TimeSortedIds
from rooms_store.migrations import upgrade
from rooms_store.probe import rewrites_refused
from rooms_store.queries import SqlQueries
from rooms_store.unit_of_work import SqlStore

BLOCK = 1_000
"""The number of rows in which long answers come."""


class OpenBooks(SqlStore):
    """The store, with the ids and the read side that belong to it."""

    def __init__(self, engines: Engines, *, clock: Clock, worker: int, block: int) -> None:
        self.ids = TimeSortedIds(clock, worker=worker)
        self.queries = SqlQueries(engines, clock=clock, block=block)
        super().__init__(engines, clock=clock, ids=self.ids, block=block)

    async def rewrites_refused(self) -> dict[str, bool]:
        """For each append-only table that has rows: whether the database refuses to change it (I6). Changes nothing."""
        return await rewrites_refused(self._engines)


@asynccontextmanager
async def open_sqlite(
    place: str | Path, clock: Clock, *, worker: int | None = None, block: int = BLOCK, migrate: bool = True
) -> AsyncIterator[OpenBooks]:
    """The books in a SQLite file (a path or a `sqlite://` URL), made if it is not there and brought up to date.

    `worker` marks the ids of this process; by default it is the next number the database gives out, so that two
    processes differ. `migrate=False` leaves the tables as they are.
    """
    path = sqlite_path(place)
    if migrate:
        await asyncio.to_thread(upgrade, path)
    engines = open_engines(path)
    try:
        number = await _next_worker(engines) if worker is None else worker
        yield OpenBooks(engines, clock=clock, worker=number, block=block)
    finally:
        await engines.close()


async def _next_worker(engines: Engines) -> int:
    async with engines.writer.begin() as connection:
        counted = await connection.execute(text("UPDATE worker SET opened = opened + 1 RETURNING opened"))
        return (int(counted.scalar_one()) - 1) % WORKERS
