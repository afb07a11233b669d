"""`rooms db grant` and `rooms db distribute`: what is printed, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_store.distribution import distribute_statements
from rooms_store.roles import grant_statements


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
