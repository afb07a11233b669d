"""`rooms db backup` and `rooms db restore`: a copy of books in use, and books that come out of it."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_store.testing.postgres import PostgresServer


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def test_the_drill(rooms: Rooms, books: Path, tmp_path: Path) -> None:
    """Copy, lose the books, restore: the ledger holds, and the rooms are there."""
    copy, new = tmp_path / "copy.db", tmp_path / "new.db"
    before = rooms("room", "list", "--database", str(books), "--json").lines
    backed = rooms("db", "backup", str(copy), "--database", str(books), "--json")
    books.write_bytes(b"\0" * 4_096)
    restored = rooms("db", "restore", str(copy), "--database", str(new), "--json")

    assert [0, 0] == [backed.status, restored.status]
    (told,) = backed.lines
    assert (True, 14, copy.stat().st_size) == (told["books_hold"], told["accounts"], told["bytes"])
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == told["sha256"]
    assert 0 == rooms("ledger", "verify", "--database", str(new)).status
    assert before == rooms("room", "list", "--database", str(new), "--json").lines
    assert 0 == rooms("db", "check", "--database", str(new)).status


def test_a_copy_is_made_while_somebody_writes(rooms: Rooms, books: Path, tmp_path: Path) -> None:
    """He is not stopped, and what he has not committed is not in it."""
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(books, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE account SET balance = balance + 1 WHERE balance > 0")
        ran = rooms("db", "backup", str(copy), "--database", str(books))
        writer.execute("ROLLBACK")

    assert 0 == ran.status
    assert "books hold  True" in ran.out
    assert 0o600 == copy.stat().st_mode & 0o777
    assert not [each for each in tmp_path.iterdir() if "copy.db" in each.name and each != copy]


def test_no_file_is_written_over(rooms: Rooms, books: Path, tmp_path: Path) -> None:
    """Neither by a copy nor by a restore."""
    copy = tmp_path / "copy.db"
    copy.write_text("mine")
    backed = rooms("db", "backup", str(copy), "--database", str(books))
    restored = rooms("db", "restore", str(books), "--database", str(copy))

    assert [(1, "mine"), (1, "mine")] == [
        (backed.status, copy.read_text()),
        (restored.status, copy.read_text()),
    ]
    assert "is there already" in backed.err


def test_books_that_do_not_hold_are_copied_and_said_to(rooms: Rooms, books: Path, tmp_path: Path) -> None:
    """The copy is kept, for it is evidence; the exit status is 1."""
    with closing(sqlite3.connect(books)) as connection, connection:
        connection.execute("UPDATE account SET balance = balance + 1 WHERE owner = 4 AND balance > 0")
    copy = tmp_path / "copy.db"
    ran = rooms("db", "backup", str(copy), "--database", str(books), "--json")

    assert (1, False) == (ran.status, ran.lines[0]["books_hold"])
    assert "The books do not hold" in ran.err
    assert copy.exists()


def test_a_damaged_file_gives_no_copy(rooms: Rooms, books: Path, tmp_path: Path) -> None:
    """A page that was overwritten is found, and nothing is left that could be taken for a copy."""
    pages = bytearray(books.read_bytes())
    pages[4_096 : len(pages) // 2] = b"\xff" * (len(pages) // 2 - 4_096)
    books.write_bytes(pages)
    copy = tmp_path / "copy.db"
    ran = rooms("db", "backup", str(copy), "--database", str(books))

    assert (1, "") == (ran.status, ran.out)
    assert "could not be copied" in ran.err
    assert not copy.exists()


def test_a_restore_wants_a_copy(rooms: Rooms, tmp_path: Path) -> None:
    """A file that is not there, or is none of ours, makes no books."""
    (tmp_path / "notes.txt").write_text("shopping, and more shopping")
    new = tmp_path / "new.db"
    missing = rooms("db", "restore", str(tmp_path / "no.db"), "--database", str(new))
    other = rooms("db", "restore", str(tmp_path / "notes.txt"), "--database", str(new))

    assert [1, 1] == [missing.status, other.status]
    assert "is no SQLite database" in other.err
    assert not new.exists()


def test_the_drill_on_postgresql(
    rooms: Rooms, served_books: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """Copy, lose the database, restore into an empty one: the ledger holds, and so does every guard."""
    copy, new = tmp_path / "books.dump", postgres_server.fresh_database()
    before = rooms("room", "list", "--database", served_books, "--json").lines
    assert 0 == rooms("db", "grant", "--database", served_books).status
    backed = rooms("db", "backup", str(copy), "--database", served_books, "--json")
    postgres_server.drop_database(served_books.rpartition("/")[2])
    restored = rooms("db", "restore", str(copy), "--database", new, "--json")

    assert [0, 0] == [backed.status, restored.status], backed.err + restored.err
    assert (True, 14) == (restored.lines[0]["books_hold"], restored.lines[0]["accounts"])
    assert 0 == rooms("ledger", "verify", "--database", new).status
    assert before == rooms("room", "list", "--database", new, "--json").lines
    assert 0 == rooms("db", "grant", "--database", new).status
    checked = rooms("db", "check", "--database", new, "--json").lines
    assert {"durability"} >= {line["name"] for line in checked if not line["ok"]}  # a test's server is quick


def test_a_restore_wants_an_empty_database(rooms: Rooms, served_books: str, tmp_path: Path) -> None:
    """Books that are there are not touched, and a file that is no copy changes nothing."""
    (tmp_path / "notes.txt").write_text("shopping")
    full = rooms("db", "restore", str(tmp_path / "notes.txt"), "--database", served_books)
    missing = rooms("db", "restore", str(tmp_path / "no.dump"), "--database", served_books)

    assert [1, 1] == [full.status, missing.status]
    assert "There are books in postgresql://rooms@127.0.0.1" in full.err
    assert "There is no file" in missing.err


def test_a_file_that_is_no_copy_fills_no_database(
    rooms: Rooms, postgres_server: PostgresServer, served_books: str, tmp_path: Path
) -> None:
    """pg_restore says so, and without it on the PATH that is said."""
    (tmp_path / "notes.txt").write_text("shopping")
    ran = rooms("db", "restore", str(tmp_path / "notes.txt"), "--database", postgres_server.fresh_database())

    assert served_books
    assert (1, "") == (ran.status, ran.out)
    assert "The copy was not restored: pg_restore" in ran.err


def test_without_the_programs_nothing_is_copied(
    rooms: Rooms, served_books: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said what is missing and where it comes from; no file is left."""
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = rooms("db", "backup", str(tmp_path / "books.dump"), "--database", served_books)

    assert (1, "") == (ran.status, ran.out)
    assert "pg_dump is not on the PATH" in ran.err
    assert [] == list(tmp_path.iterdir())
