"""Connections to SQLite: one that writes, a few that read.

WAL lets readers see the last commit while the writer works; `synchronous=FULL` has a commit on the disk before it
is answered. The writer takes the write lock when a unit of work begins (`BEGIN IMMEDIATE`), so that two processes
wait for each other at the start and never in the middle.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final

import attrs
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

WAIT_SECONDS: Final = 10
"""How long a connection waits for another process that writes."""
READERS: Final = 4
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

    async def close(self) -> None:
        """Close every connection."""
        await self.readers.dispose()
        await self.writer.dispose()


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


def _engine(path: Path, *, connections: int, begin: str, pragmas: tuple[str, ...] = ()) -> AsyncEngine:
    engine = create_async_engine(
        sqlite_url(path, driver="aiosqlite"),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"isolation_level": None, "timeout": WAIT_SECONDS},
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
