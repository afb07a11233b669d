"""One suite, four stores: what the ports promise holds in memory, in SQLite and in PostgreSQL, and where it is spread.

`spread` is a plain server that says it is a Citus cluster, where every statement has to keep such a cluster's rules.
`ROOMS_TEST_DATABASE_URL` names a server to be used instead; with `ROOMS_TEST_DISTRIBUTED=citus` it is one.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
from tests.contracts.databases import Templates, by_the_rules, named_database

from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore
from rooms_store.opening import open_books
from rooms_store.testing.postgres import PostgresServer

BLOCK: Final = 2
"""Answers come in blocks of this many rows, so that every stream of three rows has a seam."""
NAMED: Final = os.environ.get("ROOMS_TEST_DATABASE_URL")
CITUS: Final = os.environ.get("ROOMS_TEST_DISTRIBUTED") == "citus"
PLACES: Final = ["memory", "sqlite", "postgresql", *(["spread"] if NAMED is None else [])]


@pytest.fixture(scope="session")
def templates(postgres_server: PostgresServer) -> Templates:
    """Books to be copied, on the server that is started for the tests."""
    return Templates(postgres_server)


@pytest.fixture(params=PLACES)
async def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bookkeeper]:
    """An empty store, driven by hand."""
    clock, kind = ManualClock(), request.param
    if kind == "memory":
        yield Bookkeeper(MemoryStore(clock, block=BLOCK), clock)
        return
    async with AsyncExitStack() as stack:
        place: str | Path = tmp_path / "books.db"
        if kind != "sqlite":
            place = (
                await stack.enter_async_context(named_database(NAMED, spread=CITUS))
                if NAMED
                else (await request.getfixturevalue("templates").fresh(spread=kind == "spread"))
            )
        if kind == "spread":
            stack.enter_context(by_the_rules())
        store = await stack.enter_async_context(
            open_books(place, clock, block=BLOCK, migrate=kind == "sqlite")
        )
        assert store._engines.spread is (kind == "spread" or (CITUS and kind == "postgresql"))
        yield Bookkeeper(store, clock)
