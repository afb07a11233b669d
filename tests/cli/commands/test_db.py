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

    def locked(_: Path) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr("rooms_store.migrations.upgrade", locked)
    ran = rooms("db", "upgrade", "--database", str(tmp_path / "new.db"))

    assert 1 == ran.status
    assert "could not be upgraded: database is locked." in ran.err
