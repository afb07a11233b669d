"""`rooms db upgrade`: a database made, brought up to date, and left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_store.migrations import newest


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def test_a_database_is_made_and_then_left_alone(rooms: Rooms, tmp_path: Path) -> None:
    """The second run finds nothing to do."""
    place = tmp_path / "new.db"
    made = rooms("db", "upgrade", "--database", str(place), "--json")
    again = rooms("db", "upgrade", "--database", f"sqlite:///{place}", "--json")

    assert [{"database": str(place), "was": None, "now": newest()}] == made.lines
    assert [{"database": str(place), "was": newest(), "now": newest()}] == again.lines
    assert 0 == rooms("ledger", "verify", "--database", str(place)).status


def test_an_upgrade_reads_in_words(rooms: Rooms, tmp_path: Path) -> None:
    """What it was, and what it is."""
    assert "was       empty" in rooms("db", "upgrade", "--database", str(tmp_path / "new.db")).out


def test_no_other_file_is_touched(rooms: Rooms, tmp_path: Path) -> None:
    """A file that is no database stays as it is, and a missing folder is not made."""
    (tmp_path / "notes.txt").write_text("shopping")
    foreign = rooms("db", "upgrade", "--database", str(tmp_path / "notes.txt"))
    nowhere = rooms("db", "upgrade", "--database", str(tmp_path / "no" / "new.db"))

    assert [1, 1] == [foreign.status, nowhere.status]
    assert "is no SQLite database" in foreign.err
    assert "There is no folder" in nowhere.err
    assert "shopping" == (tmp_path / "notes.txt").read_text()


def test_a_database_in_use_is_said_to_be(
    rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process that writes is no mistake of ours."""

    def locked(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr("rooms_cli.migrating.upgrade", locked)
    ran = rooms("db", "upgrade", "--database", str(tmp_path / "new.db"))

    assert 1 == ran.status
    assert "could not be upgraded: database is locked." in ran.err


def test_a_downgrade_says_what_is_lost(rooms: Rooms, books: Path) -> None:
    """With --yes nobody is asked; the tables are named with their rows, and are gone."""
    told = rooms("db", "downgrade", "base", "--database", str(books), "--yes", "--json")
    (line,) = told.lines

    assert (0, newest(), None) == (told.status, line["was"], line["now"])
    assert (5, 2) == (line["lost"]["bet"], line["lost"]["settlement"])
    assert 1 == rooms("room", "list", "--database", str(books)).status
    assert "There are no tables." in rooms("db", "downgrade", "base", "--database", str(books)).err


def test_nothing_is_taken_away_unasked(rooms: Rooms, books: Path) -> None:
    """Where nobody can be asked, --yes has to be given; what would be lost is said all the same."""
    ran = rooms("db", "downgrade", "base", "--database", str(books))

    assert (2, "") == (ran.status, ran.out)
    assert "bet: 5 rows" in ran.err
    assert "Give --yes" in ran.err
    assert 0 == rooms("ledger", "verify", "--database", str(books)).status


@pytest.mark.parametrize("answer, status", [(b"y\n", 0), (b"n\n", 1), (b"\n", 1)])
def test_a_person_is_asked(
    rooms: Rooms, books: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes, status: int
) -> None:
    """Only a yes goes on."""
    monkeypatch.setattr("rooms_cli.commands.db._somebody_is_here", lambda: True)
    ran = rooms("db", "downgrade", "base", "--database", str(books), stdin=answer)

    assert status == ran.status
    assert ("Nothing was changed." in ran.err) == (status == 1)


@pytest.mark.parametrize("revision, hint", [("0009", "Did you mean 000"), ("head", "base"), ("x", "base")])
def test_only_an_older_revision_is_gone_back_to(rooms: Rooms, books: Path, revision: str, hint: str) -> None:
    """Any other is wrong usage, with the one that was meant or those there are."""
    ran = rooms("db", "downgrade", revision, "--database", str(books), "--yes")

    assert 2 == ran.status
    assert f"{revision} is no revision before" in ran.err
    assert hint in ran.err
