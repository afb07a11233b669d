"""The server of one run, the books on it, and databases copied from a loaded one in a moment."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from benchmarks.store.load import Loaded, load
from benchmarks.store.sizes import Sizes
from rooms_cli.clock import SystemClock
from rooms_store.opening import OpenBooks, open_books
from rooms_store.testing.postgres import PostgresServer

SETTINGS: Final = {
    "max_connections": "150",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "autovacuum": "off",
    "jit": "off",
    "work_mem": "64MB",
}
"""A server that does nothing on its own while one way or the other is measured; commits are durable."""


_NUMBERS: Final = itertools.count(1)
_LARGE: Final = 50_000
"""Books with more bets are copied as files, which needs checkpoints; smaller ones through the log."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """A running server, and how large the run is."""

    server: PostgresServer
    sizes: Sizes
    tell: Callable[[str], None]
    clock: SystemClock = field(default_factory=SystemClock)
    _templates: dict[tuple[int, tuple[Loaded, ...]], str] = field(default_factory=dict)

    async def database(self, *, users: int, rooms: Sequence[Loaded]) -> str:
        """The DSN of a new database with these users and rooms, copied from one that was loaded before."""
        asked = (users, tuple(rooms))
        if asked not in self._templates:
            bets = sum(each.bets for each in rooms)
            self.tell(f"loading {users:,} users and {bets:,} bets")
            name = f"loaded_{next(_NUMBERS)}"
            dsn = await asyncio.to_thread(self.server.create_database, name)
            async with self.books(dsn) as books:
                await load(books, dsn, users=users, rooms=rooms, now_ms=self.clock.now_ms())
            self._templates[asked] = name
        name = f"run_{next(_NUMBERS)}"
        how = "FILE_COPY" if sum(each.bets for each in rooms) > _LARGE else "WAL_LOG"
        copied = f'CREATE DATABASE "{name}" TEMPLATE "{self._templates[asked]}" STRATEGY {how}'
        await asyncio.to_thread(self.server.sql, copied)
        return self.server.dsn(name)

    async def drop(self, dsn: str) -> None:
        """Forget a database that `database` made."""
        await asyncio.to_thread(self.server.drop_database, dsn.rpartition("/")[2])

    def forget_loaded(self) -> None:
        """Drop the loaded databases: they are large."""
        for name in self._templates.values():
            self.server.drop_database(name)
        self._templates.clear()

    def about(self, what: str) -> Callable[[str], None]:
        """A `tell` that says of what it speaks."""
        return lambda text: self.tell(f"{what}: {text}")

    async def checkpoint(self) -> None:
        """Write everything out, so that no way pays for what another one left behind."""
        await asyncio.to_thread(self.server.sql, "CHECKPOINT")

    @asynccontextmanager
    async def books(self, dsn: str) -> AsyncIterator[OpenBooks]:
        """The real books on a database."""
        async with open_books(dsn, self.clock) as books:
            yield books
