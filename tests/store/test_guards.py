"""Append-only tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.money import Lamports
from rooms_core.ports.books import Books
from rooms_core.result import Ok, Result
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_room, sols
from rooms_store.guards import APPEND_ONLY
from rooms_store.migrations import upgrade
from rooms_store.opening import OpenBooks

ROWS = {
    "bet": "(1000, 2, 4, 0, 5, 'k', 1)",
    "posting": "(-9, 2, 4, 5, 1, 7, 1)",
    "entry": "('fund:1', 2, 1)",
    "settlement": "(1000, 6, '{}', 'sha256:0', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "evidence": "('sha256:0', 2, 'SOL/USD', 3000, NULL, '{}')",
    "instrument": "('SOL/USD', 1, '{}', 'ann', 1, '', 0)",
    "decision": "(900, 'ann', 'eu', 'approve', '00', 1)",
    "solvency": "(2, 1, '{}')",
}


@pytest.fixture
def tables(place: Path) -> Iterator[sqlite3.Connection]:
    """The tables with one row in each append-only one, on a connection set up as ours are."""
    upgrade(place)
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute("PRAGMA recursive_triggers = ON")
    for table, row in ROWS.items():
        connection.execute(f"INSERT INTO {table} VALUES {row}")
    yield connection
    connection.close()


def test_every_append_only_table_is_tried_here() -> None:
    """A table that is added to the list is added to these tests."""
    assert set(APPEND_ONLY) == set(ROWS)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_written_is_never_changed(tables: sqlite3.Connection, table: str) -> None:
    """An UPDATE is refused, even one that changes nothing."""
    (column, *_) = [row[1] for row in tables.execute(f"PRAGMA table_info({table})")]

    with pytest.raises(sqlite3.IntegrityError, match=f"I6: {table} is append-only"):
        tables.execute(f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_written_is_never_deleted(tables: sqlite3.Connection, table: str) -> None:
    """A DELETE is refused."""
    with pytest.raises(sqlite3.IntegrityError, match="I6"):
        tables.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_written_is_never_replaced(tables: sqlite3.Connection, table: str) -> None:
    """A REPLACE deletes first, and the guard sees that too."""
    with pytest.raises(sqlite3.IntegrityError, match="I6"):
        tables.execute(f"REPLACE INTO {table} VALUES {ROWS[table]}")


@pytest.mark.parametrize("verb", ["UPDATE bet SET stake = 1", "REPLACE INTO bet SELECT * FROM bet"])
async def test_our_own_connections_keep_the_guards_on(
    store: OpenBooks, keeper: Bookkeeper, verb: str
) -> None:
    """A mistake in our own code meets the guard, which rolls everything back and names the rule."""
    await keeper.people(2, each=sols("1"))
    await keeper.opened(a_room(), a_bet(102, 2, "YES", Lamports(5)))

    async def forge(books: Books) -> Result[None, None]:
        await books._work.connection.exec_driver_sql(verb)  # type: ignore[attr-defined]
        return Ok(None)

    with pytest.raises(InvariantBroken, match="I6"):
        await store.run(forge)
