"""The function that the drills open books with: the one that an operator's processes use."""

from __future__ import annotations

from typing import Final

import rooms_store.opening
from rooms_store.testing.opened import Opening

OPENING: Final[Opening | None] = vars(rooms_store.opening).get("open_books")
"""None as long as books are opened on SQLite only; the drills need servers."""


def open_books() -> Opening:
    """The function. Raises RuntimeError where there is none yet."""
    if OPENING is None:
        raise RuntimeError("the books cannot be opened on PostgreSQL yet")
    return OPENING
