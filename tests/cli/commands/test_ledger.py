"""`rooms ledger`: books that hold, books somebody changed, and statements of account."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Protocol


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def test_books_that_hold_are_said_to(rooms: Rooms, books: Path) -> None:
    """Every balance is recomputed and every rule named; the exit status is 0."""
    told = rooms("ledger", "verify", "--database", str(books), "--json")
    said = rooms("ledger", "verify", "--database", str(books))

    assert (0, "", True) == (told.status, told.err, told.lines[0]["ok"])
    assert "30000000000" == told.lines[0]["totals"]["deposit"]
    assert all(check["ok"] for check in told.lines[0]["checks"])
    assert "I2    every balance is the fold of its postings" in said.out


def test_a_changed_balance_is_found(rooms: Rooms, books: Path) -> None:
    """One lamport put on an account by hand: the account is named, and the exit status is 1."""
    with sqlite3.connect(books) as connection:
        connection.execute("UPDATE account SET balance = balance + 1 WHERE owner = 4 AND balance > 0")
    connection.close()
    told = rooms("ledger", "verify", "--database", str(books), "--json")
    said = rooms("ledger", "verify", "--database", str(books))

    assert [1, 1] == [told.status, said.status]
    assert "available:4" == told.lines[0]["first_difference"]["account"]
    assert "I2    every balance is the fold of its postings" in said.out
    assert "available:4: 8500000001 stored, 8500000000 recomputed" in said.out
    assert "The books do not hold." in said.err


def test_nothing_is_written_by_looking(rooms: Rooms, books: Path) -> None:
    """The file is the same before and after."""
    before = books.read_bytes()
    rooms("ledger", "verify", "--database", str(books))
    rooms("room", "list", "--database", str(books))

    assert before == books.read_bytes()


def test_a_statement_adds_up(rooms: Rooms, books: Path) -> None:
    """10 came, 2 + 2 were staked, 2.91 + 2 came back: opening, movements, closing."""
    words = ("ledger", "statement", "2", "--database", str(books))
    told = rooms(*words, "--json").lines[0]
    page = rooms(*words, "--json", "--limit", "2", "--after", told["lines"][1]["id"]).lines[0]
    said = rooms(*words)

    assert ("available:2", "0", "14910000000", "4000000000", "10910000000") == tuple(
        told[name] for name in ("account", "opening", "credited", "debited", "closing")
    )
    assert told["lines"][2:4] == page["lines"]
    assert told["closing"] == told["lines"][-1]["balance"] == page["closing"]
    assert "10.91" in said.out


def test_a_statement_of_a_period(rooms: Rooms, books: Path) -> None:
    """What was before it is its opening balance; an account that nobody has is wrong usage."""
    words = ("ledger", "statement", "2", "--database", str(books), "--json")
    later = rooms(*words, "--since", "2099-01-01", "--until", "2099-02-01").lines[0]

    assert ("10910000000", "10910000000", []) == (later["opening"], later["closing"], later["lines"])
    assert 2 == rooms("ledger", "statement", "pot", "--database", str(books)).status
