"""Trying the guards changes nothing, and tells the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from rooms_core.domain import entries
from rooms_core.domain.journal import OPERATING
from rooms_core.domain.money import Lamports
from rooms_core.ports.books import Books
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.testing.clock import ManualClock
from rooms_store.engine import open_engines
from rooms_store.opening import OpenBooks, open_books
from rooms_store.statement_runner import run_statements

if TYPE_CHECKING:
    from rooms_store.testing.postgres import PostgresServer


async def _fund(store: OpenBooks) -> None:
    async def work(books: Books) -> Result[None, StoreFailed]:
        await books.journal.post(entries.fund(OPERATING, Lamports(5), key="probe"))
        return Ok(None)

    await store.run(work)


async def test_only_tables_with_rows_are_tried_and_all_of_them_refuse(tmp_path: Path) -> None:
    """An entry and its posting cannot be changed, deleted or replaced; empty tables say nothing."""
    async with open_books(tmp_path / "books.db", ManualClock()) as store:
        assert {} == await store.rewrites_refused()

        await _fund(store)

        assert {"entry": True, "posting": True} == await store.rewrites_refused()
        assert Ok({OPERATING: 5}) == await store.queries.balances([OPERATING])


async def test_a_table_whose_guard_is_gone_is_named(tmp_path: Path) -> None:
    """Whoever drops a trigger is found out."""
    path = tmp_path / "books.db"
    async with open_books(path, ManualClock()) as store:
        await _fund(store)
        engines = open_engines(path)
        async with engines.writer.begin() as connection:
            await connection.execute(text("DROP TRIGGER posting_no_update"))
        await engines.close()

        assert {"entry": True, "posting": False} == await store.rewrites_refused()


async def test_a_server_is_tried_without_a_row_that_fits(postgres_server: PostgresServer) -> None:
    """Where a guard is gone, the statements that try it still find nothing to change."""
    place = postgres_server.fresh_database()
    async with open_books(place, ManualClock()) as store:
        await _fund(store)
        assert {"entry": True, "posting": True} == await store.rewrites_refused()

        assert await run_statements(place, ["DROP TRIGGER posting_append_only ON posting"]) is None

        assert {"entry": True, "posting": False} == await store.rewrites_refused()
        assert Ok({OPERATING: 5}) == await store.queries.balances([OPERATING])
