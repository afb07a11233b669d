"""Where the database's exceptions end."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from rooms_core.domain.invariants import InvariantBroken
from rooms_core.ports.store import StoreFailed
from rooms_store.failures import failed


def wrapped(error: Exception) -> DBAPIError:
    """As SQLAlchemy hands it on."""
    return DBAPIError("INSERT …", (), error)


@pytest.mark.parametrize(
    "message, retryable",
    [
        ("database is locked", True),
        ("database or disk is full", True),
        ("disk I/O error", True),
        ("unable to open database file", True),
        ("cannot switch to state 11; another operation (2) is in progress", True),
        ("cannot perform operation: another operation is in progress", True),
        ('near "SELEC": syntax error', False),
        ("attempt to write a readonly database", False),
    ],
)
def test_what_time_can_heal_may_be_tried_again(message: str, retryable: bool) -> None:
    """The failure says whether the same key should be tried again."""
    error = sqlite3.OperationalError(message)

    assert [StoreFailed(message, retryable)] * 2 == [failed(error), failed(wrapped(error))]


@pytest.mark.parametrize(
    "error, message",
    [
        (OSError(113, "No route to host"), "[Errno 113] No route to host"),
        (BrokenPipeError(32, "Broken pipe"), "[Errno 32] Broken pipe"),
        (OSError(24, "Too many open files"), "[Errno 24] Too many open files"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_whatever_the_network_says_may_be_tried_again(error: OSError, message: str) -> None:
    """An answer that was lost on the way says nothing of what was done, in whatever words."""
    assert StoreFailed(message, retryable=True) == failed(error)


@pytest.mark.parametrize(
    "error, rule",
    [
        (sqlite3.IntegrityError("CHECK constraint failed: I3_balance"), "I3"),
        (sqlite3.IntegrityError("CHECK constraint failed: I8_gross"), "I8"),
        (sqlite3.IntegrityError("I6: bet is append-only"), "I6"),
        (sqlite3.IntegrityError("UNIQUE constraint failed: bet.room_id, bet.id"), "I5"),
        (sqlite3.IntegrityError("FOREIGN KEY constraint failed"), "I2"),
        (sqlite3.IntegrityError("cannot store REAL value in INTEGER column account.balance"), "I3"),
        (sqlite3.OperationalError("integer overflow"), "I3"),
    ],
)
def test_what_the_tables_refuse_is_our_own_mistake(error: Exception, rule: str) -> None:
    """It is raised with the rule it breaks, never answered as if the world had failed."""
    with pytest.raises(InvariantBroken) as broken:
        failed(wrapped(error))

    assert rule == broken.value.rule


def test_an_amount_past_63_bits_is_our_own_mistake() -> None:
    """The driver cannot even hand such a number over."""
    with pytest.raises(InvariantBroken, match="I3"):
        failed(OverflowError("Python int too large to convert to SQLite INTEGER"))


def test_missing_tables_name_the_command() -> None:
    """Old tables are the operator's to upgrade."""
    found = failed(wrapped(sqlite3.OperationalError("no such table: bet")))

    assert ("rooms db upgrade" in found.message, False) == (True, found.retryable)


def test_a_mistake_in_the_use_of_the_library_is_not_retried() -> None:
    """Errors without a cause in the database say what they are."""
    assert StoreFailed("not like this", retryable=False) == failed(InvalidRequestError("not like this"))
