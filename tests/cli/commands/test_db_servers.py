"""`rooms db grant` and `rooms db distribute`: what is printed, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_store.distribution import distribute_statements
from rooms_store.roles import grant_statements
from rooms_store.testing.postgres import PostgresServer


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


@pytest.mark.parametrize(
    "words, statements",
    [
        (("grant",), grant_statements()),
        (("grant", "--schema", "books"), grant_statements("books")),
        (("distribute", "--shards", "16"), distribute_statements(shards=16)),
    ],
)
def test_the_statements_can_be_read_before_they_are_run(
    rooms: Rooms, words: tuple[str, ...], statements: list[str]
) -> None:
    """In one unit of work, ready for psql; no database is asked."""
    said = rooms("db", *words, "--print", "--database", "postgresql://nobody:s3cret@127.0.0.1:1/x")
    told = rooms("db", *words, "--print", "--json")

    assert [f"{each};" for each in ("BEGIN", *statements, "COMMIT")] == said.out.splitlines()
    assert [{"statements": statements}] == told.lines


@pytest.mark.parametrize(
    "command, why", [("grant", "SQLite has no roles"), ("distribute", "lies on one machine")]
)
def test_a_file_has_neither_roles_nor_shards(rooms: Rooms, books: Path, command: str, why: str) -> None:
    """It is refused in a sentence."""
    ran = rooms("db", command, "--database", str(books))

    assert (1, "") == (ran.status, ran.out)
    assert why in ran.err


def test_roles_are_made_once_and_written_again(rooms: Rooms, served_books: str) -> None:
    """The second run changes nothing; `rooms db check` finds them as they should be."""
    first = rooms("db", "grant", "--database", served_books, "--json")
    again = rooms("db", "grant", "--database", served_books)
    lines = {line["name"]: line for line in rooms("db", "check", "--database", served_books, "--json").lines}

    assert [0, 0] == [first.status, again.status], first.err + again.err
    assert ["rooms_engine", "rooms_bot", "rooms_signer", "rooms_auditor"] == first.lines[0]["roles"]
    assert (True, "can do their work and nothing else" in lines["roles"]["found"]) == (
        lines["roles"]["ok"],
        True,
    )


def test_only_the_owner_gives_rights(
    rooms: Rooms, served_books: str, postgres_server: PostgresServer
) -> None:
    """Anybody else is refused by the server, and nothing is half done."""
    name = served_books.rpartition("/")[2]
    postgres_server.sql(f"CREATE ROLE guest_{name} LOGIN PASSWORD 'pa55'", name)
    postgres_server.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest_{name}", name)
    guest = served_books.replace(served_books.partition("//")[2].partition("@")[0], f"guest_{name}:pa55")
    ran = rooms("db", "grant", "--database", guest)

    assert (1, "") == (ran.status, ran.out)
    assert "The database refused" in ran.err
    assert "pa55" not in ran.err


def test_without_citus_nothing_is_spread(rooms: Rooms, served_books: str) -> None:
    """The missing extension is named, with what to do."""
    ran = rooms("db", "distribute", "--database", served_books)

    assert (1, "") == (ran.status, ran.out)
    assert "This server has no extension citus." in ran.err
    assert "CREATE EXTENSION citus" in ran.err
