"""Connections to SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooms_store.engine import open_engines, sqlite_path, sqlite_url


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
