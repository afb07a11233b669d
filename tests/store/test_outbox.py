"""The outbox in SQL: what the databases are really told, and what that costs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import event

from rooms_core.domain.events import BUCKETS, Event, EventKind, Notice
from rooms_core.domain.ids import UserId
from rooms_core.ports.books import Books
from rooms_core.services.announce import HIDE_MS
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import OpenBooks, open_books
from rooms_store.testing.postgres import PostgresServer

ANN = UserId(2)


def overheard(store: OpenBooks) -> list[str]:
    """A list that fills with what the database is told."""
    told: list[str] = []
    event.listen(
        store._engines.writer.sync_engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: told.append(statement),
    )
    return told


async def take(books: Books) -> list[Notice]:
    """Take from the bucket of Ann."""
    bucket = Notice(1, Event(kind=EventKind.ROOM_OPENED, user=ANN, ref=1)).bucket
    return await books.outbox.take([bucket], 9, now_ms=await books.now_ms(), hide_ms=HIDE_MS)


async def test_a_server_skips_what_others_have_locked(postgres_server: PostgresServer) -> None:
    """The server's own word of what it runs: oldest first, and rows locked by others are passed over."""
    place, clock = postgres_server.fresh_database(), ManualClock()

    async def look(books: Books) -> str:
        connection = books._work.connection  # type: ignore[attr-defined]
        pid = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar()
        assert [] == await take(books)  # so that looking for what is due is the last statement
        return postgres_server.sql(f"SELECT query FROM pg_stat_activity WHERE pid = {pid}")

    async with open_books(place, clock) as store:
        statement = await Bookkeeper(store, clock).do(look)

    assert statement.endswith("FOR NO KEY UPDATE SKIP LOCKED")
    assert "ORDER BY outbox.id" in " ".join(statement.split())


async def test_a_file_is_locked_as_a_whole(store: OpenBooks, keeper: Bookkeeper) -> None:
    """SQLite knows no locks of rows, and is not told of any."""
    told = overheard(store)
    await keeper.do(take)

    assert told[0] == "BEGIN IMMEDIATE"
    assert not any("FOR NO KEY" in statement or "SKIP LOCKED" in statement for statement in told)


async def test_an_idle_announcer_asks_once_for_each_bucket(store: OpenBooks, keeper: Bookkeeper) -> None:
    """And writes nothing."""
    told = overheard(store)

    async def idle(books: Books) -> list[Notice]:
        return await books.outbox.take(range(BUCKETS), 9, now_ms=await books.now_ms(), hide_ms=HIDE_MS)

    await keeper.do(idle)

    assert BUCKETS == sum(statement.startswith("SELECT") for statement in told)
    assert not any(statement.startswith(("UPDATE", "INSERT")) for statement in told)


async def test_notices_survive_their_process(place: Path, clock: ManualClock) -> None:
    """What was queued and hidden is found by the next process that opens the books."""
    async with open_books(place, clock) as store:
        keeper = Bookkeeper(store, clock)
        queued = Event(kind=EventKind.ROOM_OPENED, user=ANN, ref=1)
        await keeper.do(lambda books: books.outbox.add([queued]))
        (first,) = await keeper.do(take)
    async with open_books(place, clock) as store:
        keeper = Bookkeeper(store, clock)
        assert [] == await keeper.do(take)
        clock.advance(HIDE_MS)
        (again,) = await keeper.do(take)

    assert (first.id, 2) == (again.id, again.tries)
