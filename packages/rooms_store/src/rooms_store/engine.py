"""Connections to the database. SQLite: one that writes, a few that read. PostgreSQL: a pool for each.

WAL lets readers see the last commit while the writer works; `synchronous=FULL` has a commit on the disk before it
is answered. The writer takes the write lock when a unit of work begins (`BEGIN IMMEDIATE`), so that two processes
wait for each other at the start and never in the middle. On PostgreSQL units of work lock rows (READ COMMITTED), and
what is read is one snapshot (REPEATABLE READ, read only).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg
import attrs
import stamina
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from rooms_store import one_turn
from rooms_store.primary import PrimaryFinder, each_server, plain

WAIT_SECONDS: Final = 10
"""How long a connection waits for another process that writes."""
STILL_MS: Final = 30_000
"""How long a process may stand still in the middle of a unit of work; then PostgreSQL undoes it and lets its locks go.

Whoever is stopped there, or cut off, would else keep his rooms and his role for ever.
"""
READERS: Final = 4
WRITERS: Final = 8
"""How many units of work a process has at a PostgreSQL server at once; more wait for their turn."""
_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "journal_size_limit = 67108864",
    "foreign_keys = ON",
    "recursive_triggers = ON",
    "temp_store = MEMORY",
    "cache_size = -65536",
)


@attrs.frozen
class Engines:
    """The connections to one database."""

    writer: AsyncEngine
    readers: AsyncEngine
    writers: int = 1
    """How many units of work there may be at once."""
    spread: bool = False
    """Whether a table's rows may lie on several servers (`layout.are_spread`)."""

    async def close(self) -> None:
        """Close every connection."""
        await self.readers.dispose()
        await self.writer.dispose()


def is_server(place: str | Path) -> bool:
    """Whether `place` is the URL of a PostgreSQL database, with one or several servers."""
    return isinstance(place, str) and place.startswith(("postgresql:", "postgresql+", "postgres:"))


def sqlite_path(place: str | Path) -> Path:
    """The file that a path or a URL such as "sqlite:///books.db" names. Raises ValueError for another database."""
    if isinstance(place, Path) or "://" not in place:
        path = str(place)
    else:
        url = make_url(place)
        if url.get_backend_name() != "sqlite":
            raise ValueError(f"no SQLite database: {url.render_as_string()}")
        path = url.database or ""
    if path in ("", ":memory:"):
        raise ValueError("the books need a file: readers and the writer meet there")
    return Path(path)


def sqlite_url(path: Path, *, driver: str) -> URL:
    """The URL of a file, for `aiosqlite` or the library's own `pysqlite`."""
    return URL.create(f"sqlite+{driver}", database=str(path))


def open_engines(path: Path) -> Engines:
    """Engines on a file; nothing is opened before it is needed. Raises RuntimeError for a SQLite before 3.37."""
    if sqlite3.sqlite_version_info < (3, 37):
        raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old: the books need 3.37")
    return Engines(
        writer=_engine(path, connections=1, begin="BEGIN IMMEDIATE"),
        readers=_engine(path, connections=READERS, begin="BEGIN", pragmas=("query_only = ON",)),
    )


def open_servers(url: str) -> Engines:
    """Engines on whichever PostgreSQL server of `postgresql://user:password@a:5432,b:5432/books` is the primary.

    Connections that died in a fail-over are dropped when the first of them is found dead, those to a primary that
    lives on as soon as a newer one was met.
    """
    finder = PrimaryFinder(each_server(plain(url)), {"command_timeout": None, "timeout": WAIT_SECONDS})
    return Engines(
        writer=_server_engine(finder, partial(_never_still, finder), WRITERS),
        readers=_server_engine(finder, finder.connect, READERS).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        ),
        writers=WRITERS,
    )


async def _never_still(finder: PrimaryFinder) -> asyncpg.Connection:
    """A connection whose units of work end when nothing comes from us for too long."""
    connection = await finder.connect()
    try:
        await connection.execute(f"SET idle_in_transaction_session_timeout = {STILL_MS}")
    except BaseException:
        connection.terminate()
        raise
    return connection


def _server_engine(
    finder: PrimaryFinder, connect: Callable[[], Awaitable[asyncpg.Connection]], connections: int
) -> AsyncEngine:
    """A pool; what it has is dropped where another connection has met a newer primary since."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def taken(connection: Any, _record: object, _proxy: object) -> None:
        if finder.outlived(connection.driver_connection):
            raise DisconnectionError("this server was replaced")

    return engine


def make_wal(path: Path) -> None:
    """Have the file keep a write-ahead log, once for all. Processes that start together wait for each other here.

    SQLite does not wait by itself for the one lock that this needs.
    """
    for attempt in stamina.retry_context(
        on=_locked, attempts=None, timeout=WAIT_SECONDS, wait_initial=0.005, wait_max=0.1
    ):
        with attempt, closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")


def _locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _engine(path: Path, *, connections: int, begin: str, pragmas: tuple[str, ...] = ()) -> AsyncEngine:
    engine = create_async_engine(
        sqlite_url(path, driver="aiosqlite"),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={
            "isolation_level": None,
            "timeout": WAIT_SECONDS,
            "async_creator_fn": one_turn.connect,
        },
    )
    prepare(engine.sync_engine, begin=begin, pragmas=pragmas)
    return engine


def prepare(engine: Any, *, begin: str, pragmas: tuple[str, ...] = ()) -> None:
    """Set every connection of a (sync) engine up, and begin its units of work with `begin`."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
