"""Which database a command reads, and what is said when it cannot."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Protocol

import pytest


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


@pytest.mark.parametrize("place", ["postgresql://u:secret@h/x", "://", ":memory:", ""])
def test_another_kind_of_database_is_wrong_usage(rooms: Rooms, place: str) -> None:
    """The books are a SQLite file here; a password in a URL is not repeated."""
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
