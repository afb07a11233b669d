"""What the tests of the store share: books in a file of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import OpenBooks, open_books


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the books lie."""
    return tmp_path / "books.db"


@pytest.fixture
async def store(place: Path, clock: ManualClock) -> AsyncIterator[OpenBooks]:
    """Empty books; long answers come in blocks of two rows, so that there is a seam."""
    async with open_books(place, clock, block=2) as opened:
        yield opened


@pytest.fixture
def keeper(store: OpenBooks, clock: ManualClock) -> Bookkeeper:
    """The same books, driven by hand."""
    return Bookkeeper(store, clock)
