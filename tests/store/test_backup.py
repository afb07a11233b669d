"""Copies of the books, and what is done with a URL that holds a password."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rooms_store.backup import ProgramFailed, copy_sqlite, damages, dump, without_password
from rooms_store.migrations import upgrade


def rows(path: Path) -> int:
    """How many accounts a file holds."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM account").fetchone()[0])


def test_a_file_in_use_is_copied_as_of_one_moment(place: Path, tmp_path: Path) -> None:
    """A writer in the middle of a unit of work neither stops the copy nor is seen in it."""
    upgrade(place)
    with closing(sqlite3.connect(place, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO account VALUES (4, 1, 4, 0, 0, 0, 0)")
        copy_sqlite(place, tmp_path / "copy.db")
        writer.execute("COMMIT")

    assert (6, 5) == (rows(place), rows(tmp_path / "copy.db"))
    assert [] == damages(tmp_path / "copy.db")


def test_a_copy_tells_how_far_it_has_come(place: Path, tmp_path: Path) -> None:
    """In bytes of the file, never past the whole."""
    upgrade(place)
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 2 FROM n WHERE i < 100000) "
            "INSERT INTO account SELECT i, 1, i, 0, 0, 0, 0 FROM n"
        )
    seen: list[tuple[int, int]] = []
    copy_sqlite(place, tmp_path / "copy.db", lambda done, whole: seen.append((done, whole)))

    assert seen
    assert all(done <= whole for done, whole in seen)


def test_a_damaged_file_is_found_out(place: Path) -> None:
    """An index that lost a row is named."""
    upgrade(place)
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO room (id, status, title, instrument, market, rules, outcomes, salt, "
            "created_at_ms, lock_at_ms, settle_at_ms) VALUES (2, 1, '', '', '', '', '', x'', 1, 1, 1)"
        )
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '(status, id)', '(status, title)') "
            "WHERE name = 'ix_room_status'"
        )

    assert any("ix_room_status" in each for each in damages(place))


@pytest.mark.parametrize(
    "url, shown",
    [
        ("postgresql://ann:s3cret@db:5432/books", "postgresql://ann@db:5432/books"),
        (
            "postgresql+asyncpg://ann:s3cret@db/books?sslmode=require",
            "postgresql://ann@db/books?sslmode=require",
        ),
        ("postgresql://ann:p%40ss@a:1,b:2/books", "postgresql://ann@a:1,b:2/books"),
        ("postgresql://db/books", "postgresql://db/books"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    """It is the only secret in it."""
    assert shown == without_password(url)


def test_programs_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With where they come from."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramFailed, match="pg_dump is not on the PATH"):
        dump("postgresql://ann:s3cret@db/books", tmp_path / "books.dump")
