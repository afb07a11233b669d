"""A SQLite file that cannot be written at some statement, or has no room left: said, undone, and gone on from."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from sqlalchemy import event, text
from tests.chaos.units import OPEN, UNITS, furnish
from tests.contracts.sound import unsound

from rooms_core.domain.bet import BetOrder
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import an_order, sols
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import OpenBooks, open_books


@attrs.frozen
class File:
    """Books in a file, and what is in it."""

    store: OpenBooks
    keeper: Bookkeeper
    place: Path

    def contents(self) -> dict[str, list[Any]]:
        """Every table with its rows, but the leases of the processes."""
        with closing(sqlite3.connect(self.place)) as connection:
            tables = [
                name
                for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                if name not in ("lease", "fence")
            ]
            return {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in tables}

    @contextmanager
    def failing_at(self, statement: int) -> Iterator[list[int]]:
        """The so-manieth statement of a unit of work cannot be done; yields how many were begun."""
        engine, seen = self.store._engines.writer.sync_engine, [0]

        def count(*_: object) -> None:
            seen[0] += 1
            if seen[0] == statement:
                raise sqlite3.OperationalError("disk I/O error")

        event.listen(engine, "before_cursor_execute", count)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", count)

    async def pages(self, most: int | None = None) -> int:
        """How many pages the file has; from now on it may have `most`."""
        async with self.store._engines.writer.connect() as connection:
            if most is not None:
                await connection.execute(text(f"PRAGMA max_page_count = {most}"))
            return int((await connection.execute(text("PRAGMA page_count"))).scalar_one())


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[File]:
    """A furnished house in a file."""
    clock, place = ManualClock(), tmp_path / "books.db"
    async with open_books(place, clock, block=2) as store:
        await furnish(store)
        yield File(store, Bookkeeper(store, clock), place)


async def test_a_statement_that_cannot_be_done_undoes_all(file: File) -> None:
    """Each unit of work fails at its first, second, third … statement, says so and leaves no trace; then it is done."""
    failures = dict.fromkeys(UNITS, 0)
    for name, unit in UNITS.items():
        answer: Result[object, object] = Ok(None)
        before, reached = file.contents(), True
        while reached:
            statement = failures[name] + 1
            with file.failing_at(statement) as seen:
                answer = await unit(file.store)
            reached = seen[0] >= statement
            if reached:
                failures[name] += 1
                assert Err(StoreFailed("disk I/O error", retryable=True)) == answer, (name, statement)
                assert before == file.contents(), (name, statement)
        assert isinstance(answer, Ok), (name, answer)
        assert before != file.contents(), name

    assert min(failures.values()) > 2, failures
    assert [] == await unsound(file.keeper)


async def test_a_full_file_is_said(file: File) -> None:
    """Bets fail with a sentence while nothing more fits; the same keys are placed once there is room again."""
    place, bets = PlaceBets(store=file.store, ids=file.store.ids), 0

    async def batch(number: int) -> Result[object, StoreFailed]:
        orders: list[BetOrder] = [
            an_order(2, "YES", sols("0.001"), room=OPEN[0].id, key=f"{number}:{each:090}")
            for each in range(50)
        ]
        return await place(orders)

    assert isinstance(await batch(0), Ok)
    await file.pages(most=await file.pages())
    answer: Result[object, StoreFailed] = Ok(None)
    before = file.contents()
    while isinstance(answer, Ok):
        bets, before = bets + 1, file.contents()
        answer = await batch(bets)
    assert Err(StoreFailed("database or disk is full", retryable=True)) == answer
    assert before == file.contents()
    assert [] == await unsound(file.keeper)

    await file.pages(most=2**30)
    assert isinstance(await batch(bets), Ok)
    assert [] == await unsound(file.keeper)
