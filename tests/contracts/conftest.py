"""One suite, two stores: every promise written in the ports holds in memory and in SQLite alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore
from rooms_store.opening import open_sqlite

BLOCK = 2
"""Answers come in blocks of this many rows, so that every stream of three rows has a seam."""


@pytest.fixture(params=["memory", "sqlite"])
async def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bookkeeper]:
    """An empty store, driven by hand."""
    clock = ManualClock()
    if request.param == "memory":
        yield Bookkeeper(MemoryStore(clock, block=BLOCK), clock)
    else:
        async with open_sqlite(tmp_path / "books.db", clock, block=BLOCK) as store:
            yield Bookkeeper(store, clock)
