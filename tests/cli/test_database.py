"""Which database a command reads, and what is said when it cannot."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_store.migrations import newest
from rooms_store.testing.postgres import PostgresServer


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def test_the_environment_names_the_database(
    rooms: Rooms, books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ROOMS_DATABASE stands in for the option, and the option wins."""
    monkeypatch.setenv("ROOMS_DATABASE", str(books))
    found = rooms("room", "list", "--json")
    other = rooms("room", "list", "--database", "elsewhere.db")

    assert 3 == len(found.lines)
    assert "There is no database elsewhere.db." in other.err


def test_a_file_in_the_current_folder_is_the_default(
    rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing one is said with the way to make it; nothing is made by looking."""
    monkeypatch.chdir(tmp_path)
    ran = rooms("ledger", "verify")

    assert (1, "") == (ran.status, ran.out)
    assert "There is no database rooms.sqlite3." in ran.err
    assert "rooms db upgrade" in ran.err
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["mysql://u:secret@h/x", "://", ":memory:", ""])
def test_another_kind_of_database_is_wrong_usage(rooms: Rooms, place: str) -> None:
    """The books are a SQLite file or a PostgreSQL database; a password in a URL is not repeated."""
    ran = rooms("room", "list", "--database", place)

    assert 2 == ran.status
    assert "The books cannot be there" in ran.err
    assert "secret" not in ran.err


def test_a_database_of_something_else_is_refused(rooms: Rooms, tmp_path: Path) -> None:
    """Tables that are not there are said, with the command that makes them."""
    place = tmp_path / "other.db"
    connection = sqlite3.connect(place)
    connection.execute("CREATE TABLE notes (line TEXT)")
    connection.close()
    ran = rooms("room", "list", "--database", str(place))

    assert (1, "") == (ran.status, ran.out)
    assert "rooms db upgrade" in ran.err


def test_a_folder_is_no_database(rooms: Rooms, tmp_path: Path) -> None:
    """It cannot be read as one."""
    assert "cannot be read" in rooms("room", "list", "--database", str(tmp_path)).err


@pytest.mark.parametrize(
    "words", [("room", "list"), ("ledger", "verify"), ("db", "check"), ("db", "upgrade"), ("db", "grant")]
)
def test_a_server_that_is_not_there_is_said(rooms: Rooms, words: tuple[str, ...]) -> None:
    """In one sentence, with what to look at, and without the password."""
    ran = rooms(*words, "--database", "postgresql://ann:s3cret@127.0.0.1:1/books")

    assert (1, "") == (ran.status, ran.out)
    assert "Nobody answers at 127.0.0.1:1: connection refused." in ran.err
    assert "s3cret" not in ran.err


def test_each_trouble_with_a_server_has_its_sentence(rooms: Rooms, postgres_server: PostgresServer) -> None:
    """A wrong password, no such database, no tables: each with what to do."""
    empty, password = postgres_server.fresh_database(), postgres_server.password
    for url, what, hint in (
        (empty.replace(password, "gu3ss"), "does not let rooms in", "pg_hba.conf"),
        (f"{empty}_not", "There is no database", "createdb"),
        (empty, "There are no tables in postgresql://rooms@127.0.0.1", "`rooms db upgrade`"),
    ):
        ran = rooms("ledger", "verify", "--database", url, "--json")

        assert (1, "") == (ran.status, ran.out)
        assert what in ran.err
        assert hint in ran.err
        assert "gu3ss" not in ran.err
        assert password not in ran.err


def test_the_same_commands_read_both_databases(rooms: Rooms, books: Path, served_books: str) -> None:
    """What a file tells, a server tells in the same words, and without its password."""
    for words in (
        ("room", "list", "--json"),
        ("room", "show", "1000", "--json"),
        ("room", "receipt", "1002"),
        ("room", "export", "1000"),
        ("ledger", "verify", "--json"),
        ("ledger", "verify"),
    ):
        here, there = (rooms(*words, "--database", place) for place in (str(books), served_books))

        assert 0 == there.status, words
        if "--json" in words:
            assert here.lines == there.lines, words
        else:
            assert here.out == there.out, words

    upgraded = rooms("db", "upgrade", "--database", served_books, "--json")

    assert upgraded.lines[0]["was"] == upgraded.lines[0]["now"]
    assert upgraded.lines[0]["database"].startswith("postgresql://rooms@")


def test_a_server_names_the_first_difference(
    rooms: Rooms, served_books: str, postgres_server: PostgresServer
) -> None:
    """One lamport put on an account by hand is found there too."""
    postgres_server.sql(
        "UPDATE account SET balance = balance + 1 WHERE owner = 4 AND balance > 0",
        served_books.rpartition("/")[2],
    )
    ran = rooms("ledger", "verify", "--database", served_books, "--json")

    assert 1 == ran.status
    assert "available:4" == ran.lines[0]["first_difference"]["account"]


def test_a_server_is_upgraded_and_taken_back(rooms: Rooms, postgres_server: PostgresServer) -> None:
    """An empty database gets its tables, and loses them when that is asked for."""
    url = postgres_server.fresh_database()
    up = rooms("db", "upgrade", "--database", url, "--json")
    down = rooms("db", "downgrade", "base", "--database", url, "--yes", "--json")

    assert (0, None, newest()) == (up.status, up.lines[0]["was"], up.lines[0]["now"])
    assert (0, newest(), None, 0) == (
        down.status,
        down.lines[0]["was"],
        down.lines[0]["now"],
        down.lines[0]["lost"]["bet"],
    )
    assert "0" == postgres_server.sql(
        "SELECT count(*) FROM pg_tables WHERE tablename = 'bet'", url.rpartition("/")[2]
    )


def test_books_whose_worker_numbers_are_all_in_use_say_when_one_is_free(rooms: Rooms, books: Path) -> None:
    """Who makes ids is told; who makes none does without a number."""
    with closing(sqlite3.connect(books)) as connection, connection:
        connection.execute("DELETE FROM lease")
        connection.executemany(
            "INSERT INTO lease (role, token, holder, since_ms, until_ms) VALUES (?, 1, 'another', 0, ?)",
            [(f"worker:{number:04}", 4_102_444_800_000) for number in range(1_024)],
        )
    counted = rooms("stats", "count", "--database", str(books))

    assert (1, "") == (counted.status, counted.out)
    assert "All worker numbers are in use." in counted.err
    assert "One is free at 2100-01-01 00:00:00." in counted.err
    assert 0 == rooms("outbox", "retry", "--all", "--database", str(books)).status


def test_a_file_that_another_writes_for_long_is_said(
    rooms: Rooms, books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it stands in the way of the worker number."""
    monkeypatch.setattr("rooms_store.engine.WAIT_SECONDS", 0.05)
    with closing(sqlite3.connect(books, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ran = rooms("stats", "count", "--database", str(books))

    assert (1, "") == (ran.status, ran.out)
    assert "The database did not answer: database is locked." in ran.err
