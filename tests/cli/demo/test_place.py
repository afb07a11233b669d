"""Where a demo may be played, and what is said where it may not."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rooms_cli.demo.place import prepared
from rooms_cli.errors import CommandError
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_user
from rooms_core.testing.clock import ManualClock
from rooms_store.migrations import current, newest, upgrade
from rooms_store.opening import open_books
from rooms_store.testing.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file that is not there yet, and an empty database at a server."""
    if request.param == "sqlite":
        return str(tmp_path / "day.db")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.fresh_database()


def _refused(database: str) -> CommandError:
    with pytest.raises(CommandError) as refused:
        prepared(database)
    return refused.value


@pytest.mark.parametrize("revision", [None, "0001", "head"])
def test_an_empty_database_is_brought_up_to_date(database: str, revision: str | None) -> None:
    """With no tables, old ones or the newest: a demo finds what it needs."""
    if revision is not None:
        upgrade(database, revision)

    assert database == prepared(database)
    assert newest() == current(database)


def test_books_are_refused(database: str) -> None:
    """A single person in them is enough: it says what, why and what to do, and no password."""

    async def fill() -> None:
        clock = ManualClock()
        async with open_books(database, clock) as store:
            await Bookkeeper(store, clock).do(lambda books: books.users.add(a_user(2)))

    asyncio.run(fill())
    refused = _refused(database)

    assert refused.what.startswith("There are books in ")
    assert "invented people and money" in refused.what
    assert "Nothing was changed. Name an empty database" in refused.hint
    assert (urlsplit(database).password or "nobody's") not in refused.what
    assert 1 == refused.status


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    """Its tables stay alone."""
    place = tmp_path / "notes.db"
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE notes (line TEXT)")
    connection.close()
    before = place.read_bytes()
    refused = _refused(str(place))

    assert "it has a table notes" in refused.what
    assert before == place.read_bytes()


def test_a_file_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """No folder is made."""
    assert "There is no folder" in _refused(str(tmp_path / "not" / "day.db")).what


def test_a_role_that_may_make_no_tables_is_told_so(postgres_server: PostgresServer) -> None:
    """What the server says is passed on in a sentence."""
    url = postgres_server.fresh_database()
    name = url.rpartition("/")[2]
    postgres_server.sql(f"CREATE ROLE guest_{name} LOGIN PASSWORD 'guest'")
    guest = url.replace(f"rooms:{postgres_server.password}", f"guest_{name}:guest")
    refused = _refused(guest)

    assert "could not be upgraded" in refused.what
    assert "permission denied" in refused.what


def test_a_server_that_is_not_there_is_said() -> None:
    """Before anything is played."""
    assert "Nobody answers at 127.0.0.1:1" in _refused("postgresql://ann@127.0.0.1:1/day").what
