"""SQLite's cursors: one call for a statement and its first rows, and everything else as before."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from rooms_store.one_turn import AHEAD, OneTurnConnection, connect

T = TypeVar("T")
MANY = AHEAD + 500


class Counted(OneTurnConnection):
    """Counts the calls that went to the thread."""

    calls = 0

    async def in_thread(self, work: Callable[..., T], *given: Any) -> T:
        self.calls += 1
        return await super().in_thread(work, *given)


@pytest.fixture
async def numbers(tmp_path: Path) -> AsyncIterator[Counted]:
    """A connection to a table of whole numbers from 0."""
    connection = connect(str(tmp_path / "numbers.sqlite3"), isolation_level=None)
    connection.__class__ = Counted
    opened = await connection
    assert isinstance(opened, Counted)
    async with opened.cursor() as cursor:
        await cursor.execute("CREATE TABLE number (n INTEGER PRIMARY KEY)")
        await cursor.executemany("INSERT INTO number VALUES (?)", ((n,) for n in range(MANY)))
        assert cursor.rowcount == MANY
    opened.calls = 0
    yield opened
    await opened.close()


async def test_a_short_answer_is_one_call(numbers: Counted) -> None:
    """Statement, rows and the end of the cursor go to the thread together."""
    async with numbers.cursor() as cursor:
        await cursor.execute("SELECT n FROM number WHERE n < ?", (3,))
        assert [each[0] for each in cursor.description] == ["n"]
        assert [(0,), (1,), (2,)] == await cursor.fetchall()
        assert [] == await cursor.fetchall()
    assert numbers.calls == 1


async def test_a_statement_without_rows_is_one_call(numbers: Counted) -> None:
    """It says how many rows it changed, and the number of the row it made."""
    async with numbers.cursor() as cursor:
        await cursor.execute("INSERT INTO number VALUES (?)", (MANY,))
        assert (None, 1, MANY) == (cursor.description, cursor.rowcount, cursor.lastrowid)
        assert [] == await cursor.fetchmany()
    assert numbers.calls == 1


async def test_a_long_answer_comes_whole(numbers: Counted) -> None:
    """What does not come with the statement is had with one call more."""
    async with numbers.cursor() as cursor:
        await cursor.execute("SELECT n FROM number ORDER BY n")
        assert [(n,) for n in range(MANY)] == await cursor.fetchall()
    assert numbers.calls == 2


async def test_a_long_answer_comes_in_blocks(numbers: Counted) -> None:
    """Blocks of any size are rows in order, each once, whether they came with the statement or later."""
    async with numbers.cursor() as cursor:
        await cursor.execute("SELECT n FROM number ORDER BY n")
        rows = [await cursor.fetchone()]
        while block := await cursor.fetchmany(700):
            assert len(block) <= 700
            rows += block
        assert await cursor.fetchone() is None
    assert [(n,) for n in range(MANY)] == rows


async def test_an_answer_may_be_left(numbers: Counted) -> None:
    """Whoever closes a cursor early has nothing more of it, and the next statement finds all well."""
    cursor = numbers.cursor()
    await cursor.execute("SELECT n FROM number ORDER BY n")
    await cursor.close()
    assert [] == await cursor.fetchall()
    async with numbers.cursor() as other:
        await other.execute("DELETE FROM number")
        assert other.rowcount == MANY


async def test_what_the_database_refuses_is_raised(numbers: Counted) -> None:
    """An error in the thread comes out of the call, and the cursor can be closed."""
    async with numbers.cursor() as cursor:
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            await cursor.execute("INSERT INTO number VALUES (1)")
    async with numbers.cursor() as cursor:
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            await cursor.executemany("INSERT INTO number VALUES (?)", [(1,)])
