"""Opening the books: the tables brought up to date, a worker number of one's own, and everything closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from rooms_core.domain.ids import WORKERS
from rooms_core.ports.clock import Clock
from rooms_store.engine import Engines, is_server, open_engines, open_servers, sqlite_path
from rooms_store.ids import TimeSortedIds
from rooms_store.migrations import upgrade
from rooms_store.probe import rewrites_refused
from rooms_store.queries import SqlQueries
from rooms_store.unit_of_work import SqlStore

BLOCK = 1_000
"""The number of rows in which long answers come."""


class OpenBooks(SqlStore):
    """The store, with the ids and the read side that belong to it."""

    def __init__(
        self, engines: Engines, *, clock: Clock, worker: int, block: int, server_time: bool = False
    ) -> None:
        self.ids = TimeSortedIds(clock, worker=worker)
        self.queries = SqlQueries(engines, clock=clock, block=block)
        super().__init__(engines, clock=clock, ids=self.ids, block=block, server_time=server_time)

    async def rewrites_refused(self) -> dict[str, bool]:
        """For each append-only table that has rows: whether the database refuses to change it (I6). Changes nothing."""
        return await rewrites_refused(self._engines)


@asynccontextmanager
async def open_books(
    place: str | Path,
    clock: Clock,
    *,
    worker: int | None = None,
    block: int = BLOCK,
    migrate: bool = True,
    server_time: bool = False,
) -> AsyncIterator[OpenBooks]:
    """The books at a place, brought up to date, and closed at the end.

    The place is a SQLite file (a path or a `sqlite://` URL), made if it is not there, or a PostgreSQL database
    (`postgresql://user:password@host:5432/books`, several servers with commas between). `server_time`: units of work
    are judged by PostgreSQL's clock instead of `clock` (decision E8). `worker` marks the ids of this process; by default it is the next number the database gives out, so that two
    processes differ. `migrate=False` leaves the tables as they are.
    """
    if server_time and not is_server(place):
        raise ValueError("only a PostgreSQL server has a clock of its own")
    if not is_server(place):
        place = sqlite_path(place)
    if migrate:
        await asyncio.to_thread(upgrade, place)
    engines = open_servers(place) if isinstance(place, str) else open_engines(place)
    try:
        number = await _next_worker(engines) if worker is None else worker
        yield OpenBooks(engines, clock=clock, worker=number, block=block, server_time=server_time)
    finally:
        await engines.close()


async def _next_worker(engines: Engines) -> int:
    async with engines.writer.begin() as connection:
        counted = await connection.execute(text("UPDATE worker SET opened = opened + 1 RETURNING opened"))
        return (int(counted.scalar_one()) - 1) % WORKERS
