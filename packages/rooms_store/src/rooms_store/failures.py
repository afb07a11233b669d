"""Where the database's exceptions end: in a failure that a caller can judge, or in the bug they reveal."""

from __future__ import annotations

import re
import sqlite3
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from rooms_core.domain.invariants import InvariantBroken
from rooms_core.ports.store import StoreFailed

VENDOR: Final = (SQLAlchemyError, sqlite3.Error, OverflowError)
"""What the database and its drivers raise. OverflowError: a whole number of more than 63 bits was to be stored."""

_RULE: Final = re.compile(r"(?:constraint failed: |^)(I[0-9]+)(?:_\w+|:)")
_TOO_LARGE: Final = ("integer overflow", "cannot store REAL value in INTEGER", "too large to convert")
_PASSES: Final = ("locked", "busy", "disk I/O", "full", "unable to open", "no active connection", "closed")


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
    if "UNIQUE constraint failed" in cause:
        raise InvariantBroken("I5", f"written twice: {cause}") from error
    if "constraint failed" in cause:
        raise InvariantBroken("I2", f"a row without what it belongs to: {cause}") from error
    if "no such table" in cause or "no such column" in cause:
        return StoreFailed(f"the tables are not up to date, run `rooms db upgrade`: {cause}", retryable=False)
    return StoreFailed(cause, retryable=any(sign in cause for sign in _PASSES))
