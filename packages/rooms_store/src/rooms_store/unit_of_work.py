"""The store in SQL: units of work over the books. On SQLite one at a time, on PostgreSQL a few beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar

from rooms_core.ports import books, custody_books, leases, listings, scores
from rooms_core.ports.books import Books
from rooms_core.ports.clock import Clock
from rooms_core.ports.ids import IdSource, NoIds
from rooms_core.ports.store import StoreFailed, mark
from rooms_core.result import Err, Result
from rooms_store.books.bets import SqlBets
from rooms_store.books.deposits import SqlDeposits
from rooms_store.books.journal import SqlJournal
from rooms_store.books.listings import SqlListings
from rooms_store.books.oracle_books import SqlEvidence, SqlMarkets
from rooms_store.books.people import SqlUsers
from rooms_store.books.rooms import SqlRooms
from rooms_store.books.scores import SqlScores
from rooms_store.books.settlements import SqlSettlements
from rooms_store.books.solvency import SqlSolvency
from rooms_store.books.withdrawals import SqlWithdrawals
from rooms_store.engine import Engines
from rooms_store.failures import VENDOR, conflict, failed
from rooms_store.leases import SqlLeases, write_mark
from rooms_store.outbox import SqlOutbox
from rooms_store.work import Work

T = TypeVar("T")
E = TypeVar("E")


class SqlBooks:
    """Implements `ports.books.Books` for one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.rooms: books.Rooms = SqlRooms(work)
        self.bets: books.Bets = SqlBets(work)
        self.journal: books.Journal = SqlJournal(work)
        self.users: books.Users = SqlUsers(work)
        self.markets: books.Markets = SqlMarkets(work)
        self.evidence: books.Evidence = SqlEvidence(work)
        self.listings: listings.Listings = SqlListings(work)
        self.settlements: books.Settlements = SqlSettlements(work)
        self.outbox: books.Outbox = SqlOutbox(work)
        self.deposits: custody_books.Deposits = SqlDeposits(work)
        self.withdrawals: custody_books.Withdrawals = SqlWithdrawals(work)
        self.solvency: custody_books.Solvency = SqlSolvency(work)
        self.scores: scores.Scores = SqlScores(work)

        self.leases: leases.Leases = SqlLeases(work)

    async def mark(self) -> None:
        """Write the mark of this process, by its worker number."""
        await write_mark(self._work)

    async def now_ms(self) -> int:
        """The server's clock where the store judges by it, else the injected one (decision E8)."""
        return await self._work.now_ms()


_TRIES: Final = 10
"""How often a unit of work runs that others are in the way of."""


class SqlStore:
    """Implements `ports.store.Store`."""

    def __init__(
        self, engines: Engines, *, clock: Clock, ids: IdSource, block: int = 1_000, server_time: bool = False
    ) -> None:
        self._engines = engines
        self._clock = clock
        self._ids = ids
        self._block = block
        self._server_time = server_time
        self._turns = asyncio.Semaphore(engines.writers)
        self._at_work: set[asyncio.Task[object] | None] = set()

    @property
    def worker(self) -> int:
        """The number of this process, for its fences."""
        return 0

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work`: `Ok` commits, `Err` and every exception roll back.

        Raises RuntimeError for a unit of work inside a unit of work: it would wait for itself.
        """
        task = asyncio.current_task()
        if task in self._at_work:
            raise RuntimeError("a unit of work inside a unit of work waits for itself")
        async with self._turns:
            self._at_work.add(task)
            try:
                return await self._tried(work)
            finally:
                self._at_work.remove(task)

    async def fence(self) -> Result[None, StoreFailed]:
        """A unit of work that writes a mark and nothing else."""
        return await self.run(mark)

    async def _tried(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Again as a whole where two units of work were in each other's way: the database has undone this one."""
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._attempt(work)
            except NoIds as error:
                return Err(StoreFailed(str(error)))
            except VENDOR as error:
                if not (conflict(error) and tries_left):
                    return Err(replace(failed(error), tries=_TRIES - tries_left))
        raise AssertionError("the last try answers")

    async def _attempt(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E]:
        """What is not committed here is rolled back when the connection is left."""
        async with self._engines.writer.connect() as connection:
            unit = Work(
                connection,
                self._clock,
                self._ids,
                self._block,
                worker=self.worker,
                server_time=self._server_time,
                spread=self._engines.spread,
            )
            async with connection.begin() as begun:
                try:
                    answer = await work(SqlBooks(unit))
                    if isinstance(answer, Err):
                        await begun.rollback()
                    else:
                        await unit.finish()
                finally:
                    await unit.close_streams()
            return answer
