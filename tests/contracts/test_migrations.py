"""Every migration forward and back, with books in the tables, on SQLite and on PostgreSQL; and what can go wrong."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Connection, inspect, text
from tests.chaos.units import UNITS, furnish
from tests.contracts.sound import unsound

from rooms_core.result import Ok
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_store.guards import SCHEMA
from rooms_store.losses import revisions
from rooms_store.migrations import NOTHING, _run, current, downgrade, newest, upgrade
from rooms_store.opening import open_books
from rooms_store.schema_check import schema_findings
from rooms_store.testing.postgres import PostgresServer

Shape: TypeAlias = dict[str, Any]
Rows: TypeAlias = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return str(tmp_path / "books.db")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.fresh_database()


def shape(place: str) -> Shape:
    """Every table with its columns, keys, checks, indexes and triggers, but alembic's own."""

    def look(connection: Connection) -> Shape:
        inspector = inspect(connection)
        kinds: dict[str, dict[Any, Any]] = {
            "key": inspector.get_multi_pk_constraint(),
            "unique": inspector.get_multi_unique_constraints(),
            "checks": inspector.get_multi_check_constraints(),
            "indexes": inspector.get_multi_indexes(),
            "columns": inspector.get_multi_columns(),
        }
        found: Shape = {
            f"{kind} of {table}": sorted(map(_told, _list(each)))
            for kind, tables in kinds.items()
            for (_, table), each in tables.items()
            if table != "alembic_version"
        }
        found["triggers"] = sorted(map(tuple, connection.execute(text(TRIGGERS[connection.dialect.name]))))
        return found

    return _run(place, look)


TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
        " UNION ALL SELECT proname, prosrc, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    ),
}


def _told(found: Any) -> str:
    """In words; types and conditions as SQL."""
    return json.dumps(found, default=str, sort_keys=True)


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def rows(place: str) -> Rows:
    """Every row of every table, by column."""

    def look(connection: Connection) -> Rows:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return {
            table: [dict(row._mapping) for row in connection.execute(text(f'SELECT * FROM "{table}"'))]
            for table in sorted(tables)
        }

    return _run(place, look)


def lost(before: Rows, after: Rows) -> list[str]:
    """Which tables that are still there do not hold the same in the columns that both have."""
    found = []
    for table in before.keys() & after.keys():
        if not (before[table] or after[table]):
            continue
        first, second = ({*each[table][0]} if each[table] else set() for each in (before, after))
        common = sorted(first & second)
        old, new = (
            sorted(repr([row[name] for name in common]) for row in each[table]) for each in (before, after)
        )
        if old != new:
            found.append(table)
    return found


async def fill(place: str) -> None:
    """Write into every table that a house writes to."""
    async with open_books(place, ManualClock()) as store:
        await furnish(store)
        for unit in UNITS.values():
            assert isinstance(await unit(store), Ok)


async def sound(place: str) -> list[str]:
    """What is wrong with books that were migrated."""
    clock = ManualClock()
    async with open_books(place, clock, migrate=False) as store:
        return await unsound(Bookkeeper(store, clock))


def test_each_revision_back_and_forward_again_with_books_in_it(place: str) -> None:
    """What a revision keeps is the same after it as before, and its tables have one shape, whence one comes."""
    asyncio.run(fill(place))
    shapes, below = {}, [NOTHING, *revisions()]
    for revision, older in zip(revisions()[::-1], below[-2::-1], strict=True):
        shapes[revision], books = shape(place), rows(place)
        downgrade(place, older)
        assert [] == lost(books, rows(place)), f"{revision} back to {older}"
    for revision, older in zip(revisions(), below, strict=False):
        books = rows(place)
        upgrade(place, revision)
        assert [] == lost(books, rows(place)), f"{older} on to {revision}"
        assert shapes[revision] == shape(place), f"{older} on to {revision}"


def test_books_that_went_back_to_the_first_tables_hold_when_they_come_again(place: str) -> None:
    """Whoever must go back a release and forward again has the same money, and can go on."""
    asyncio.run(fill(place))
    downgrade(place, revisions()[0])
    upgrade(place)

    assert [] == asyncio.run(sound(place))


def test_the_migrations_make_what_the_model_says(place: str) -> None:
    """Alembic finds nothing to do, and keys and checks have their names."""
    upgrade(place)

    found = _run(place, lambda connection: schema_findings(connection, SCHEMA))

    assert [] == [each for each in found if not each.ok]


def test_processes_that_upgrade_together_do_it_once(place: str) -> None:
    """The others wait for the first, and find nothing left to do."""
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(upgrade, [place] * 3))

    assert newest() == current(place)


DYING = """
import os, signal, sys
from sqlalchemy import Engine, event
from rooms_store.migrations import upgrade

left = int(sys.argv[2])  # changes of the tables

@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *_):
    global left
    left -= statement.startswith(("CREATE", "ALTER", "DROP", "INSERT"))
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

upgrade(sys.argv[1])
"""


def test_an_upgrade_that_dies_half_way_never_was(place: str) -> None:
    """The old tables stand whole, with what is in them, and the upgrade can be begun again."""
    first = revisions()[0]
    asyncio.run(fill(place))
    whole = shape(place)
    downgrade(place, first)
    before, books = shape(place), rows(place)

    died = subprocess.run([sys.executable, "-c", DYING, place, "7"], check=False)

    assert -9 == died.returncode
    assert (first, before, books) == (current(place), shape(place), rows(place))
    upgrade(place)
    assert whole == shape(place)
