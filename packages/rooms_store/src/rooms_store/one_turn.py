"""SQLite's connections for asyncio, with one turn in their thread for a statement instead of four.

aiosqlite runs a connection in a thread of its own and goes there for each call: a cursor, the statement, its rows, the
end. A batch of bets went there 29 times so. Here the statement and its
first rows are one call; longer answers go on as ever, and stay streams.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiosqlite

T = TypeVar("T")

AHEAD: Final = 1_000
"""How many rows come with the statement."""
_ROWS_AT_ONCE: Final = 64


class OneTurnConnection(aiosqlite.Connection):
    """A connection whose cursors are `OneTurnCursor`s."""

    async def in_thread(self, work: Callable[..., T], *given: Any) -> T:
        """Call `work` in the connection's thread. Raises what it raises, and ValueError if the connection is closed."""
        done: T = await self._execute(work, *given)  # type: ignore[no-untyped-call]
        return done

    def cursor(self) -> OneTurnCursor:  # type: ignore[override]
        """A cursor; nothing is opened before it has a statement."""
        return OneTurnCursor(self)


class OneTurnCursor:
    """What SQLAlchemy asks of a cursor for asyncio. `description`, `rowcount`, `lastrowid`: as in PEP 249."""

    arraysize = 1

    def __init__(self, connection: OneTurnConnection) -> None:
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._connection = connection
        self._rows: list[Any] = []
        self._open: sqlite3.Cursor | None = None

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement and have its first rows."""
        await self._connection.in_thread(self._run, statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Run a statement that answers nothing for each of these."""
        await self._connection.in_thread(self._run_many, statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        if self._open is not None:
            self._rows += await self._connection.in_thread(self._read, -1)
        rows, self._rows = self._rows, []
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows, at most `size`."""
        wanted = size or self.arraysize
        if self._open is not None and len(self._rows) < wanted:
            self._rows += await self._connection.in_thread(self._read, wanted - len(self._rows))
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchone(self) -> Any:
        """The next row, or None."""
        return next(iter(await self.fetchmany(1)), None)

    async def close(self) -> None:
        """Forget the rows that are left."""
        self._rows = []
        if self._open is not None:
            cursor, self._open = self._open, None
            await self._connection.in_thread(cursor.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _run(self, statement: str, parameters: Sequence[Any]) -> None:
        """In the connection's thread."""
        cursor = self._open = self._connection._conn.cursor()
        cursor.execute(statement, parameters)
        self.description = cursor.description
        self._rows = self._read(AHEAD) if cursor.description else []
        self._tell(cursor)
        if not cursor.description:
            self._end(cursor)

    def _run_many(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        """In the connection's thread."""
        cursor = self._connection._conn.cursor()
        cursor.executemany(statement, parameters)
        self._tell(cursor)
        self._end(cursor)

    def _read(self, size: int) -> list[Any]:
        """In the connection's thread: the next rows, all if `size` is negative; whoever has the last one closes."""
        cursor = self._open
        assert cursor is not None
        rows = cursor.fetchall() if size < 0 else cursor.fetchmany(size)
        if size < 0 or len(rows) < size:
            self._end(cursor)
        return rows

    def _tell(self, cursor: sqlite3.Cursor) -> None:
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid

    def _end(self, cursor: sqlite3.Cursor) -> None:
        cursor.close()
        self._open = None


def connect(database: str, **settings: Any) -> OneTurnConnection:
    """A connection to a file, to be awaited; `settings` as for `sqlite3.connect`."""
    connection = OneTurnConnection(partial(sqlite3.connect, database, **settings), _ROWS_AT_ONCE)
    connection._thread.daemon = (
        True  # as SQLAlchemy has it: a connection that is left behind keeps no process alive
    )
    return connection
