"""One suite, two stores: every promise written in the ports holds in memory and in SQLite alike."""

from __future__ import annotations

import pytest

from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore

BLOCK = 2
"""Answers come in blocks of this many rows, so that every stream of three rows has a seam."""


@pytest.fixture(params=["memory"])
async def keeper(request: pytest.FixtureRequest) -> Bookkeeper:
    """An empty store, driven by hand."""
    clock = ManualClock()
    assert request.param == "memory"
    return Bookkeeper(MemoryStore(clock, block=BLOCK), clock)
