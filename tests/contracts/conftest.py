"""One suite, three stores: every promise written in the ports holds in memory, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore
from rooms_store.migrations import NOTHING, downgrade
from rooms_store.opening import open_books
from rooms_store.testing.postgres import PostgresServer

BLOCK = 2
"""Answers come in blocks of this many rows, so that every stream of three rows has a seam."""


PLACES = ["memory", "sqlite", "postgresql"]


@pytest.fixture(params=PLACES)
async def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bookkeeper]:
    """An empty store, driven by hand."""
    clock = ManualClock()
    if request.param == "memory":
        yield Bookkeeper(MemoryStore(clock, block=BLOCK), clock)
        return
    place = tmp_path / "books.db" if request.param == "sqlite" else empty_database(request)
    async with open_books(place, clock, block=BLOCK) as store:
        yield Bookkeeper(store, clock)


def empty_database(request: pytest.FixtureRequest) -> str:
    """An empty database on the server that `ROOMS_TEST_DATABASE_URL` names, or on one started for the tests."""
    named = os.environ.get("ROOMS_TEST_DATABASE_URL")
    if named is None:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.fresh_database()
    downgrade(named, NOTHING)
    return named
