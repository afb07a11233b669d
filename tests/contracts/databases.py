"""Empty books on a PostgreSQL server: one made for the tests, one that looks spread, or one that somebody named.

A named database is used by one test after the other, also by several processes, and is emptied before each: its tables
are dropped, as no guard lets their rows go, and made and spread anew. Nothing but its URL is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import Engine, event
from tests.contracts.spread_rules import broken

from rooms_store.bot_guards import GUARDS
from rooms_store.distribution import distribute_statements, settings_for_triggers
from rooms_store.guards import SCHEMA
from rooms_store.migrations import upgrade
from rooms_store.primary import plain
from rooms_store.statement_runner import run_statements
from rooms_store.testing.postgres import PostgresServer
from rooms_store.testing.pretended import pretending_statements

SHARDS: Final = 4
"""Enough for rows to lie apart, and few enough to be made for every test."""
_FUNCTIONS: Final = ("rooms_append_only", *GUARDS)
_TURN: Final = "SELECT pg_advisory_lock(7007008)"


class Templates:
    """Databases of one server that have our tables; a copy of one costs less than to make them."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._made: dict[bool, str] = {}

    async def fresh(self, *, spread: bool) -> str:
        """The URL of new, empty books. `spread`: they look so."""
        if spread not in self._made:
            place = self._server.fresh_database()
            await asyncio.to_thread(upgrade, place)
            if spread:
                assert await run_statements(place, list(pretending_statements())) is None
            self._made[spread] = place.rpartition("/")[2]
        return self._server.fresh_database(template=self._made[spread])


@asynccontextmanager
async def named_database(url: str, *, spread: bool) -> AsyncIterator[str]:
    """The books at a URL, emptied, and ours alone until the end. `spread`: over the servers of a Citus cluster."""
    turn = await asyncpg.connect(plain(url))
    try:
        await turn.execute(_TURN)
        drops = [f"DROP TABLE IF EXISTS {name} CASCADE" for name in (*SCHEMA.tables, "alembic_version")]
        drops += [f"DROP FUNCTION IF EXISTS {name} CASCADE" for name in _FUNCTIONS]
        refused = await run_statements(url, [*settings_for_triggers(), *drops])
        assert refused is None, refused
        await asyncio.to_thread(upgrade, url)
        if spread:
            refused = await run_statements(url, distribute_statements(shards=SHARDS), extension="citus")
            assert refused is None, refused
        yield url
    finally:
        await turn.close()


@contextmanager
def by_the_rules() -> Iterator[None]:
    """Every statement that is sent to a server meanwhile has to keep the rules of tables that are spread."""

    def judge(connection: Any, _cursor: object, statement: str, given: Any, *more: Any) -> None:
        if connection.dialect.name == "postgresql":
            rule = broken(statement, () if more[-1] else given)
            assert rule is None, f"{rule}: {statement}"

    event.listen(Engine, "before_cursor_execute", judge)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", judge)
