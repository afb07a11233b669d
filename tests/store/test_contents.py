"""What lies in a database before anything is written into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_user
from rooms_core.testing.clock import ManualClock
from rooms_store.checkup import engines_at
from rooms_store.contents import Contents, contents
from rooms_store.opening import open_books
from rooms_store.testing.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "books.db")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.fresh_database()


async def _do(database: str, statement: str) -> None:
    """Run a statement by hand."""
    engines = engines_at(database)
    try:
        async with engines.writer.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engines.close()


async def test_books_nobody_wrote_into_are_empty(database: str, clock: ManualClock) -> None:
    """Neither before there are tables, nor after they were made and opened, is there anything in it."""
    await _do(database, "SELECT 1")
    before = await contents(database)
    async with open_books(database, clock):
        pass
    made = await contents(database)

    assert Contents(filled=(), others=()) == before == made


async def test_one_person_makes_them_books(database: str, clock: ManualClock) -> None:
    """A single row in a table of ours is somebody's."""
    async with open_books(database, clock) as store:
        await Bookkeeper(store, clock).do(lambda books: books.users.add(a_user(2)))

    assert "person" in (await contents(database)).filled


async def test_a_table_of_something_else_is_named(database: str, clock: ManualClock) -> None:
    """Beside ours or alone."""
    await _do(database, "CREATE TABLE notes (line TEXT)")
    alone = await contents(database)
    async with open_books(database, clock):
        pass

    assert ("notes",) == alone.others == (await contents(database)).others
