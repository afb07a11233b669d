"""Connections to both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from rooms_store.engine import STILL_MS, open_engines, open_servers, sqlite_path, sqlite_url
from rooms_store.testing.postgres import PostgresServer


@pytest.mark.parametrize(
    "place, path",
    [
        ("books.db", "books.db"),
        (Path("a") / "books.db", "a/books.db"),
        ("sqlite:///a/books.db", "a/books.db"),
        ("sqlite:////var/books.db", "/var/books.db"),
        ("sqlite+aiosqlite:///books.db", "books.db"),
    ],
)
def test_books_are_named_by_a_path_or_a_url(place: str | Path, path: str) -> None:
    """Both lead to the same file."""
    assert Path(path) == sqlite_path(place)


@pytest.mark.parametrize("place", ["", ":memory:", "sqlite://", "sqlite:///:memory:"])
def test_books_in_memory_are_refused(place: str) -> None:
    """Readers and the writer meet in a file; each would have a memory of its own."""
    with pytest.raises(ValueError, match="need a file"):
        sqlite_path(place)


def test_another_database_is_refused_without_its_password() -> None:
    """What is printed about a URL never shows a secret."""
    with pytest.raises(ValueError, match="no SQLite database") as refused:
        sqlite_path("postgresql://ann:secret@host/books")

    assert "secret" not in str(refused.value)


def test_a_path_of_any_spelling_becomes_a_url() -> None:
    """Blanks and question marks stay part of the name."""
    assert "/a b?c.db" == sqlite_url(Path("/a b?c.db"), driver="aiosqlite").database


async def test_every_connection_keeps_its_promises(place: Path) -> None:
    """A commit is on the disk before it is answered, foreign keys and guards are on, readers do not write."""
    engines = open_engines(place)
    asked = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "query_only")
    found = []
    for engine in (engines.writer, engines.readers):
        async with engine.connect() as connection:
            found.append(
                [(await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one() for name in asked]
            )
    await engines.close()

    assert [["wal", 2, 1, 1, 0], ["wal", 2, 1, 1, 1]] == found


def test_a_sqlite_without_strict_tables_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old library is told at the start, not by a syntax error."""
    monkeypatch.setattr("rooms_store.engine.sqlite3.sqlite_version_info", (3, 36, 0))

    with pytest.raises(RuntimeError, match="too old"):
        open_engines(place)


async def test_a_server_waits_half_a_minute_for_who_stands_still_in_a_unit_of_work(
    postgres_server: PostgresServer,
) -> None:
    """Whoever only reads keeps nobody waiting, and may look at a long answer for as long as he likes."""
    engines = open_servers(postgres_server.dsn())
    waits = {}
    for connected in (engines.writer, engines.readers):
        async with connected.connect() as connection:
            asked = "SELECT setting FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'"
            waits[connected] = (await connection.exec_driver_sql(asked)).scalar()
    await engines.close()

    assert {engines.writer: str(STILL_MS), engines.readers: "0"} == waits


async def test_a_connection_that_cannot_be_set_up_is_closed(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it stays behind on the server."""
    monkeypatch.setattr("rooms_store.engine.STILL_MS", "nonsense")
    place = postgres_server.fresh_database()
    engines = open_servers(place)
    with pytest.raises(DBAPIError, match="nonsense"):
        async with engines.writer.connect():
            pytest.fail("it was set up")
    await engines.close()

    postgres_server.sql(f'DROP DATABASE "{place.rpartition("/")[2]}"')
