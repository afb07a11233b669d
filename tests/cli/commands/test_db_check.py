"""`rooms db check`: a database as it should be, and each way in which it is not."""

from __future__ import annotations

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


def test_a_database_as_it_should_be(rooms: Rooms, books: Path) -> None:
    """Every line is ok, and nothing is changed by looking."""
    before = books.read_bytes()
    told = rooms("db", "check", "--database", str(books), "--json")
    said = rooms("db", "check", "--database", str(books))

    assert [0, 0] == [told.status, said.status]
    assert all(line["ok"] for line in told.lines)
    assert ["revision", "tables", "guards", "append-only", "SQLite", "settings", "file"] == [
        line["name"] for line in told.lines
    ]
    assert "ok  append-only  tried on 4 tables with rows: refused" in said.out
    assert before == books.read_bytes()


@pytest.mark.parametrize(
    "damage, name, found",
    [
        ("DROP INDEX ix_room_lock", "tables", "no index ix_room_lock"),
        ("DROP TABLE solvency", "tables", "no table solvency"),
        ("ALTER TABLE outbox DROP COLUMN failure", "tables", "no column outbox.failure"),
        ("ALTER TABLE room ADD COLUMN extra TEXT", "tables", "unknown column room.extra"),
        ("DROP TRIGGER bet_no_update", "guards", "bet takes UPDATE"),
        ("DROP TRIGGER bet_no_delete", "append-only", "bet can be rewritten"),
        ("UPDATE alembic_version SET version_num = '0000'", "revision", "0000, the newest is"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    rooms: Rooms, books: Path, damage: str, name: str, found: str
) -> None:
    """The line says what was seen, a sentence says what to do, and the exit status is 1."""
    with closing(sqlite3.connect(books)) as connection, connection:
        connection.execute(damage)
    told = rooms("db", "check", "--database", str(books), "--json")
    said = rooms("db", "check", "--database", str(books))
    lines = {line["name"]: line for line in told.lines}

    assert [1, 1] == [told.status, said.status]
    assert (False, True) == (lines[name]["ok"], found in lines[name]["found"])
    assert f"rooms: {name}: {lines[name]['advice']}" in said.err


def test_a_database_without_tables_is_told_to_be_upgraded(rooms: Rooms, tmp_path: Path) -> None:
    """There is nothing else to look at."""
    place = tmp_path / "empty.db"
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("PRAGMA user_version = 1")
    ran = rooms("db", "check", "--database", str(place), "--json")

    assert (1, ["revision", "SQLite", "settings", "file"]) == (
        ran.status,
        [line["name"] for line in ran.lines],
    )
    assert "rooms db upgrade" in ran.lines[0]["advice"]


@pytest.mark.usefixtures("at_terminal")
def test_it_is_drawn_on_a_terminal(rooms: Rooms, books: Path) -> None:
    """As a table."""
    assert "The database" in rooms("db", "check", "--database", str(books)).out


def test_a_postgresql_database_as_it_should_be(rooms: Rooms, served_books: str) -> None:
    """The server, its durability and its clock are looked at too."""
    told = rooms("db", "check", "--database", served_books, "--json")
    wrong = [line for line in told.lines if not line["ok"] and line["name"] != "durability"]

    assert [] == wrong
    assert [
        "revision",
        "tables",
        "guards",
        "append-only",
        "PostgreSQL",
        "primary",
        "durability",
        "encoding",
    ] == [line["name"] for line in told.lines][:8]
    assert ["clock", "roles"] == [line["name"] for line in told.lines][8:]


@pytest.mark.parametrize(
    "damage, name, found",
    [
        ("DROP INDEX ix_room_lock", "tables", "no index ix_room_lock"),
        ('ALTER TABLE account DROP CONSTRAINT "I3_balance"', "tables", "no check I3_balance"),
        ("ALTER TABLE bet ALTER stake TYPE numeric", "tables", "other type of bet.stake"),
        (
            "ALTER TABLE bet DISABLE TRIGGER ALL",
            "guards",
            "bet takes DELETE; bet takes TRUNCATE; bet takes UPDATE",
        ),
        ("ALTER TABLE bet DISABLE TRIGGER ALL", "append-only", "bet can be rewritten"),
    ],
)
def test_what_is_wrong_on_postgresql_is_named(
    rooms: Rooms, served_books: str, postgres_server: PostgresServer, damage: str, name: str, found: str
) -> None:
    """The same, by the server's own catalogues."""
    postgres_server.sql(damage, served_books.rpartition("/")[2])
    told = rooms("db", "check", "--database", served_books, "--json")
    lines = {line["name"]: line for line in told.lines}

    assert (1, False) == (told.status, lines[name]["ok"])
    assert found in lines[name]["found"]
