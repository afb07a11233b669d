"""Opening the books: the tables brought up to date, a worker number of one's own, and everything closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from os import getpid
from pathlib import Path
from socket import gethostname
from typing import TypeVar

import attrs

from rooms_core.ports.books import Books
from rooms_core.ports.clock import Clock
from rooms_core.ports.store import StoreFailed, mark
from rooms_core.result import Err, Result
from rooms_core.services.bet_desk import BATCH_MAX, BATCH_MAX_SPREAD
from rooms_store.engine import Engines, is_server, open_engines, open_servers, sqlite_path
from rooms_store.ids import TimeSortedIds
from rooms_store.layout import are_spread
from rooms_store.migrations import upgrade
from rooms_store.probe import rewrites_refused
from rooms_store.queries import SqlQueries
from rooms_store.unit_of_work import SqlStore
from rooms_store.worker_number import NoNumber, WorkerNumber

T = TypeVar("T")
E = TypeVar("E")

BLOCK = 10_000
"""The number of rows in which long answers come."""


class OpenBooks(SqlStore):
    """The store, with the ids and the read side that belong to it."""

    def __init__(
        self, engines: Engines, *, clock: Clock, worker: int, block: int, server_time: bool = False
    ) -> None:
        self.ids = TimeSortedIds(clock, worker=worker)
        self.queries = SqlQueries(engines, clock=clock, block=block)
        self._number: WorkerNumber | None = None
        super().__init__(engines, clock=clock, ids=self.ids, block=block, server_time=server_time)

    @property
    def worker(self) -> int:
        """The number that marks this process's ids and fences."""
        return self.ids.worker

    @property
    def batch_max(self) -> int:
        """How many bets a batch should take at most: more where a commit goes to several servers."""
        return BATCH_MAX_SPREAD if self._engines.spread else BATCH_MAX

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work`, after the worker number was renewed if it is time."""
        if self._number is not None:
            await self._number.keep()
        return await super().run(work)

    async def take_number(self) -> None:
        """Take a worker number of this process's own. Raises `NoNumber` where there is none."""
        self._number = WorkerNumber(_Plain(self), self.ids, clock=self._clock, holder=_place_of_process())
        taken = await self._number.take()
        if isinstance(taken, Err):
            raise NoNumber(taken.why)

    async def give_number_back(self) -> None:
        """End the lease of the worker number, if there is one."""
        if self._number is not None:
            await self._number.give_back()

    async def rewrites_refused(self) -> dict[str, bool]:
        """For each append-only table that has rows: whether the database refuses to change it (I6). Changes nothing."""
        return await rewrites_refused(self._engines)


class _Plain:
    """The same store, as its worker number uses it: without looking after the number."""

    def __init__(self, books: OpenBooks) -> None:
        self._books = books

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work` as it is."""
        return await SqlStore.run(self._books, work)

    async def fence(self) -> Result[None, StoreFailed]:
        """A fence, as it is."""
        return await self.run(mark)


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
    are judged by PostgreSQL's clock instead of `clock` (decision E8). `worker` marks the
    ids of this process; by default it is a number leased from the database, so that no two processes have the same
    (decision E17). `migrate=False` leaves the tables as they are. Raises `NoNumber`.
    """
    if server_time and not is_server(place):
        raise ValueError("only a PostgreSQL server has a clock of its own")
    if not is_server(place):
        place = sqlite_path(place)
    if migrate:
        await asyncio.to_thread(upgrade, place)
    engines = open_servers(place) if isinstance(place, str) else open_engines(place)
    try:
        engines = attrs.evolve(engines, spread=await are_spread(engines))
        books = OpenBooks(engines, clock=clock, worker=worker or 0, block=block, server_time=server_time)
        if worker is None:
            await books.take_number()
        yield books
        await books.give_number_back()
    finally:
        await engines.close()


def _place_of_process() -> str:
    """Where this process runs, for whoever looks who has which number."""
    return f"{gethostname()}/{getpid()}"
