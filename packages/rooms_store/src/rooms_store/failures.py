"""Where the database's exceptions end: in a failure that a caller can judge, or in the bug they reveal."""

from __future__ import annotations

import re
import sqlite3
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from rooms_core.domain.invariants import InvariantBroken
from rooms_core.ports.store import StoreFailed

VENDOR: Final = (
    SQLAlchemyError,
    sqlite3.Error,
    OverflowError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What the database and its drivers raise. OverflowError: a whole number of more than 63 bits was to be stored."""


class Overtaken(SQLAlchemyError):
    """What this unit of work read before is not so any more: another one was faster. It is run again."""

    sqlstate = "40001"


_RULE: Final = re.compile(r"(?:constraint failed: |constraint \"|^|Error'>: )(I[0-9]+)(?:_\w+|:)")
_TOO_LARGE: Final = (
    "integer overflow",
    "cannot store REAL value in INTEGER",
    "too large to convert",
    "value out of int64 range",
)
_PASSES: Final = (
    "locked",
    "busy",
    "disk I/O",
    "full",
    "unable to open",
    "no active connection",
    "closed",
    "connect",
    "Connection",
    "primary",
    "another operation",  # asyncpg, when the server ended the connection between two statements, or in a copy
)


def failed(error: Exception) -> StoreFailed:
    """The failure that a vendor's exception means; `retryable` where time can heal it.

    Raises InvariantBroken where the tables refused to hold something false: then our own code is wrong.
    """
    cause = str(getattr(error, "orig", None) or error)
    found = _RULE.search(cause)
    if found:
        raise InvariantBroken(found.group(1), cause) from error
    if any(sign in cause for sign in _TOO_LARGE):
        raise InvariantBroken("I3", f"an amount left 63 bits: {cause}") from error
    state = _state(error)
    if state is not None:
        return _server_failed(state, cause, error)
    if "UNIQUE constraint failed" in cause:
        raise InvariantBroken("I5", f"written twice: {cause}") from error
    if "constraint failed" in cause:
        raise InvariantBroken("I2", f"a row without what it belongs to: {cause}") from error
    if "no such table" in cause or "no such column" in cause:
        return StoreFailed(f"the tables are not up to date, run `rooms db upgrade`: {cause}", retryable=False)
    # The system's own errors have many words: no route, a broken pipe, no descriptors left, or none at all.
    passes = isinstance(error, OSError) or any(sign in cause for sign in _PASSES)
    return StoreFailed(cause or type(error).__name__, retryable=passes)


_CONFLICTS: Final = frozenset({"40001", "40P01"})
_BUGS: Final = {
    "22003": ("I3", "an amount left 63 bits"),
    "23502": ("I2", "a value is missing"),
    "23503": ("I2", "a row without what it belongs to"),
    "23505": ("I5", "written twice"),
    "23514": ("I2", "a rule of the tables was broken"),
}
"""What PostgreSQL's states of this kind say of our own code: the invariant, and the sentence."""
_NO_TABLES: Final = frozenset({"42P01", "42703"})
_PASSING_CLASSES: Final = frozenset({"08", "25", "40", "53", "55", "57", "58"})
"""Classes of states that time can heal: lost connections, a read-only standby, full disks, locks, restarts."""


def conflict(error: Exception) -> bool:
    """Whether the database undid a unit of work because another was in its way (40001, 40P01): run it again."""
    return _state(error) in _CONFLICTS


_KNOWN_KEYS: Final = ("UNIQUE constraint failed: bet.room_id, bet.account_id, bet.key", '"I5_bet')
"""How SQLite and PostgreSQL say it; a part of a spread table has its number behind the name."""


def known_key(error: Exception) -> bool:
    """Whether the tables refused a bet because its key is that of another one."""
    cause = str(getattr(error, "orig", None) or error)
    return any(sign in cause for sign in _KNOWN_KEYS)


def _state(error: BaseException) -> str | None:
    """The five signs by which PostgreSQL names what happened; None for another database, or a connection that broke."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    found = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return found if isinstance(found, str) else None


def _server_failed(state: str, cause: str, error: Exception) -> StoreFailed:
    if state in _BUGS:
        rule, sentence = _BUGS[state]
        raise InvariantBroken(rule, f"{sentence}: {cause}") from error
    if state in _NO_TABLES:
        return StoreFailed(f"the tables are not up to date, run `rooms db upgrade`: {cause}", retryable=False)
    return StoreFailed(cause, retryable=state[:2] in _PASSING_CLASSES)
