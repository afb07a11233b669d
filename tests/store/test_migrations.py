"""The history of the tables."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from rooms_core.ports.queries import RoomFilter
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_room, sols
from rooms_core.testing.clock import ManualClock
from rooms_store.guards import SCHEMA
from rooms_store.migrations import NOTHING, current, downgrade, newest, upgrade
from rooms_store.opening import open_books


def drawn(place: Path) -> dict[str, str]:
    """Every table, index and trigger with the statement that made it, but alembic's own."""
    with closing(sqlite3.connect(place)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
        )
        return {name: " ".join(sql.split()) for name, sql in rows}


def test_the_migrations_make_what_the_tables_say(place: Path, tmp_path: Path) -> None:
    """A table, a check or a guard that is changed without a migration is found here."""
    upgrade(place)
    made = tmp_path / "made.db"
    engine = create_engine(f"sqlite:///{made}", poolclass=NullPool)
    SCHEMA.create_all(engine)

    assert drawn(made) == drawn(place)


def test_alembic_sees_no_difference(place: Path) -> None:
    """`alembic revision --autogenerate` would write an empty migration."""
    upgrade(place)
    engine = create_engine(f"sqlite:///{place}", poolclass=NullPool)
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), SCHEMA)


def test_up_down_and_up_again(place: Path) -> None:
    """Every migration runs forward and back; going forward twice changes nothing."""
    upgrade(place)
    first = drawn(place)
    upgrade(f"sqlite:///{place}")
    assert (first, newest()) == (drawn(place), current(place))

    downgrade(place, NOTHING)
    assert ({}, None) == (drawn(place), current(place))

    upgrade(place)
    assert first == drawn(place)


async def test_tables_that_hold_rows_can_be_taken_away(place: Path, clock: ManualClock) -> None:
    """The guards keep single rows, not an operator who takes the tables down."""
    async with open_books(place, clock) as store:
        keeper = Bookkeeper(store, clock)
        await keeper.people(2, each=sols("1"))
        await keeper.opened(a_room(), a_bet(102, 2, "YES", sols("1")))

    downgrade(place, NOTHING)

    assert {} == drawn(place)


def test_processes_that_start_together_upgrade_once(place: Path) -> None:
    """The second waits for the first, and finds nothing left to do."""
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(upgrade, [place] * 3))

    assert newest() == current(place)


async def test_books_without_tables_say_what_to_do(place: Path, clock: ManualClock) -> None:
    """An operator who did not upgrade is told the command; time heals nothing here."""
    upgrade(place)
    downgrade(place, NOTHING)
    async with open_books(place, clock, worker=1, migrate=False) as store:
        match await store.queries.rooms(RoomFilter()):
            case Err(StoreFailed(message=message, retryable=retryable)):
                assert ("rooms db upgrade" in message, retryable) == (True, False)
            case other:
                pytest.fail(str(other))
