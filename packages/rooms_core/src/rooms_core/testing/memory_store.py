"""The store in memory: the same promises as the database's, kept with dicts and an undo list. For tests and trials.

It can be told to fail: `plan` says what happens to the next units of work, `crash_after` where the process dies.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TypeVar

from rooms_core.domain.invariants import ensure
from rooms_core.ports.books import Books
from rooms_core.ports.clock import Clock
from rooms_core.ports.queries import Queries
from rooms_core.ports.store import StoreFailed, mark
from rooms_core.result import Err, Result
from rooms_core.testing.memory.books import MemoryBooks
from rooms_core.testing.memory.queries import MemoryQueries
from rooms_core.testing.memory.tables import Tables
from rooms_core.testing.memory.undo import Crashed

T = TypeVar("T")
E = TypeVar("E")


class Fate(StrEnum):
    """What becomes of a unit of work that would commit.

    DONE: it commits. FAILED: it does not, and says so. UNKNOWN: it does, but its answer is lost on the way.
    AGAIN: it is rolled back and run once more, as after a serialization failure.
    """

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    AGAIN = "again"


class MemoryStore:
    """Implements `ports.store.Store`: one unit of work at a time, undone unless it answers `Ok`.

    `queries` is its read side. `commits` counts the units of work that stand, `writes` how much the last of them wrote.
    """

    def __init__(self, clock: Clock, *, block: int = 500) -> None:
        self._tables = Tables(clock, block=block)
        self._turn = asyncio.Lock()
        self.queries: Queries = MemoryQueries(self._tables, self._turn)
        self._at_work: asyncio.Task[object] | None = None
        self._fates: deque[Fate] = deque()
        self.commits = 0
        self.writes = 0

    def plan(self, *fates: Fate) -> None:
        """What becomes of the next units of work that would commit, one after another; then all is well again."""
        self._fates.extend(fates)

    def crash_after(self, writes: int) -> None:
        """Let the process die (`Crashed`) in the next unit of work after so many writes, or else after COMMIT."""
        self._tables.changes.crash_after = writes

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Keep every unit of work waiting, as while another is at the database."""
        async with self._turn:
            yield

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work`: `Ok` commits, `Err` and every exception roll back.

        Raises RuntimeError for a unit of work inside a unit of work: it would wait for itself.
        """
        if self._at_work is asyncio.current_task():
            raise RuntimeError("a unit of work inside a unit of work waits for itself")
        async with self._turn:
            self._at_work = asyncio.current_task()
            try:
                return await self._attempt(work)
            finally:
                self._tables.changes.undo()
                self._tables.changes.crash_after = None
                self._at_work = None

    async def fence(self) -> Result[None, StoreFailed]:
        """A unit of work that writes a mark and nothing else; it fails as others do when that is planned."""
        return await self.run(mark)

    async def _attempt(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Whatever is not kept here is undone by the caller."""
        answer = await work(MemoryBooks(self._tables))
        if isinstance(answer, Err):
            return answer
        fate = self._fates.popleft() if self._fates else Fate.DONE
        if fate is Fate.AGAIN:
            self._tables.changes.undo()
            return await self._attempt(work)
        if fate is Fate.FAILED:
            return Err(StoreFailed("COMMIT failed; nothing was written"))
        self._commit()
        if fate is Fate.UNKNOWN:
            return Err(StoreFailed("the answer to COMMIT was lost"))
        return answer

    def _commit(self) -> None:
        unclosed = list(self._tables.unclosed)
        ensure(not unclosed, "I2", f"entries without their balances: {unclosed}")
        self.writes = self._tables.changes.keep()
        self.commits += 1
        if self._tables.changes.crash_after is not None:
            raise Crashed
