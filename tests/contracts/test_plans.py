"""What the databases mean to do: no question of the hot path reads a whole table, on SQLite or on PostgreSQL.

PostgreSQL reads small tables whole, and rightly; so its tables are filled here, and it is asked with its own statistics
and every way open to it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlalchemy import Connection, Table, event, text

from rooms_core.domain import entries
from rooms_core.domain.ids import RoomId
from rooms_core.domain.journal import Posting, PostingKind, available, pot
from rooms_core.domain.market import Direction
from rooms_core.domain.score import ALL_TIME, day_of
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.movements import Period
from rooms_core.ports.pages import Mark
from rooms_core.ports.room_filter import RoomFilter, RoomOrder
from rooms_core.ports.statistics import Board
from rooms_core.result import Ok
from rooms_core.services.count_rooms import CountRooms
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, a_user, an_order, sols
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_store.books.positions import positions_of
from rooms_store.opening import OpenBooks, open_books
from rooms_store.tables import metadata

if TYPE_CHECKING:
    from rooms_store.testing.postgres import PostgresServer

ANN, BEN, HOST = (a_user(number).id for number in (2, 4, 6))
ENDED, LIVE = RoomId(1_000), RoomId(1_002)
TAKING = frozenset({RoomStatus.QUEUING, RoomStatus.OPEN})
TODAY = day_of(NOON_MS)
RECORD = EvidenceRecord("SOL/USD", NOON_MS, "sha256:aa", None, "{}")

Filled = dict[str, str]
"""What differs in the copies of a table's first row, by column: an expression of i = 1, 2, …"""

COPIES: Final[dict[str, tuple[int, Filled]]] = {
    "account": (20_000, {"id": "100000 + 2 * i", "owner": "100000 + 2 * i", "kind": "1", "balance": "i"}),
    "person": (40_000, {"id": "100000 + 2 * i", "code": "'c' || i", "ref1": "2 + i % 500"}),
    "referral_code": (5_000, {"code": "'c' || i", "person_id": "100000 + 2 * i"}),
    "room": (10_000, {"id": "100000 + 2 * i", "status": "CASE WHEN i % 20 = 0 THEN 1 + i % 3 ELSE 5 END",
                      "settle_at_ms": "settle_at_ms + i * 7919 % 100000", "lock_at_ms": "lock_at_ms + i",
                      "instrument": "'C' || i % 300", "host": "i % 1000"}),
    "pool": (20_000, {"room_id": "100000 + 2 * ((i + 1) / 2)", "outcome": "i % 2", "total": "i"}),
    "bet": (40_000, {"room_id": "100002 + 2 * (i % 1000)", "id": "100000 + 2 * i", "account_id": "2 * (i % 5000)",
                     "key": "'k' || i"}),
    "entry": (20_000, {"key": "'e' || i", "id": "1000000 + 2 * i"}),
    "posting": (60_000, {"source": "100002 + 2 * (i % 5000)", "id": "1000000 + 2 * i",
                         "target": "100004 + 2 * (i % 5000)"}),
    "settlement": (9_000, {"room_id": "100000 + 2 * i"}),
    "room_count": (9_000, {"room_id": "100000 + 2 * i", "counted_at_ms": "CASE WHEN i % 100 > 0 THEN 1 END"}),
    "score": (30_000, {"user_id": "100000 + 2 * (i % 10000)", "day": "i / 10000", "profit": "i * 7919 % 100000",
                       "volume": "i", "rooms": "12", "hits": "2", "hosted": "1", "host_volume": "i"}),
    "house_score": (3_000, {"day": "i"}),
    "outbox": (20_000, {"id": "100000 + 2 * i", "bucket": "i % 64", "ref": "i"}),
    "evidence": (5_000, {"hash": "'h' || i", "id": "100000 + 2 * i", "tick_ms": "tick_ms + i"}),
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
async def full(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenBooks]:
    """Old books: every table that grows has thousands of rows, copied from one that was really written."""
    place: str | Path = tmp_path / "books.db"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        place = server.fresh_database()
    clock = ManualClock()
    async with open_books(place, clock) as store:
        keeper = Bookkeeper(store, clock)
        await keeper.people(ANN, BEN, HOST, each=sols("100"))
        ended = a_room(ENDED, host=HOST, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
        for room in (ended, a_room(LIVE)):
            bets = (
                a_bet(room.id * 10, ANN, "YES", sols("1"), room=room.id),
                a_bet(room.id * 10 + 2, BEN, "NO", sols("1"), room=room.id),
            )
            await keeper.opened(room, *bets)
        assert isinstance(await SettleRoom(store=store)(ENDED), Ok)
        await CountRooms(store=store)()
        await keeper.do(lambda books: books.evidence.add([RECORD]))
        async with store._engines.writer.begin() as connection:
            for name, (rows, changed) in COPIES.items():
                await connection.execute(text(copies(metadata.tables[name], rows, changed)))
        async with store._engines.writer.begin() as connection:
            await connection.execute(text("ANALYZE"))
        yield store


def copies(table: Table, rows: int, changed: Filled) -> str:
    """The statement that copies a table's first row many times."""
    columns = ", ".join(f'"{name}"' for name in table.c.keys())  # noqa: SIM118
    values = ", ".join(changed.get(name, f'first."{name}"') for name in table.c.keys())  # noqa: SIM118
    return (
        f"WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {rows}) "
        f"INSERT INTO {table.name} ({columns}) "
        f"SELECT {values} FROM numbers, (SELECT * FROM {table.name} LIMIT 1) AS first"
    )


class Plans:
    """The plan of every statement that a store sends, as the lines in which the database tells it."""

    def __init__(self, store: OpenBooks) -> None:
        self.by_statement: dict[str, list[str]] = {}
        for engine in (store._engines.writer, store._engines.readers):
            event.listen(engine.sync_engine, "before_cursor_execute", self._explain)

    def _explain(self, connection: Connection, _cursor: object, sql: str, given: Any, *_more: object) -> None:
        if sql.startswith(("SELECT", "UPDATE", "INSERT", "WITH")) and not isinstance(given, list):
            ask = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            cursor = connection.connection.cursor()
            cursor.execute(f"{ask} {sql}", given)
            self.by_statement[sql] = [str(row[-1]) for row in cursor.fetchall()]
            cursor.close()

    def whole(self) -> dict[str, list[str]]:
        """The statements that read a whole table, with their plans."""
        partial = "|".join(
            str(index.name)
            for table in metadata.tables.values()
            for index in table.indexes
            if index.dialect_options["sqlite"]["where"] is not None
        )
        tables = "|".join(COPIES)
        scan = re.compile(
            rf"SCAN ({tables})\b(?! USING (COVERING )?INDEX ({partial}))|Seq Scan on ({tables})\b"
        )
        return {
            sql: plan for sql, plan in self.by_statement.items() if any(scan.search(step) for step in plan)
        }


async def bet_and_settle(books: Books) -> None:
    """What betting, settling, telling and counting ask."""
    await books.bets.known([an_order(ANN, "YES", sols("1"), room=LIVE)])
    await books.rooms.lock([LIVE])
    await books.markets.lock(["SOL/USD"])
    await books.rooms.staked_on("SOL/USD")
    await books.journal.wallets([ANN, BEN])
    await books.journal.available([ANN, BEN])
    await books.bets.place([a_bet(LIVE * 10 + 4, ANN, "YES", sols("1"), room=LIVE, key="another")])
    await books.bets.players(LIVE)
    await drained(books.bets.positions(LIVE, late_after_ms=1))
    writer = await books.journal.write(entries.settle_key(LIVE))
    assert writer is not None
    await writer.add([Posting(PostingKind.PAYOUT, pot(LIVE), available(ANN), sols("1"))])
    await writer.close()
    await books.users.by_code(a_user(2).code)
    await books.evidence.last("SOL/USD")
    await books.scores.waiting(100)
    await books.scores.count(RoomId(100_200))


async def due_rooms(books: Books) -> None:
    """What the loops ask every few seconds."""
    await books.rooms.find([RoomStatus.OPEN], lock_due_ms=NOON_MS)
    await books.rooms.find([RoomStatus.OPEN, RoomStatus.LOCKED], settle_due_ms=NOON_MS)
    await books.rooms.find([RoomStatus.SETTLING])


async def drained(blocks: AsyncIterator[object]) -> None:
    """Read a stream to its end."""
    async for _ in blocks:
        pass


async def test_writing_reads_no_whole_table(full: OpenBooks) -> None:
    """Betting, settling and counting cost the same in old books as in new ones."""
    plans, keeper = Plans(full), Bookkeeper(full, ManualClock())

    await keeper.do(bet_and_settle)
    await keeper.do(due_rooms)

    async with full._engines.readers.connect() as connection:  # the driver reads it past whoever listens
        await connection.execute(positions_of(LIVE, late_after_ms=1))

    assert len(plans.by_statement) > 15
    assert {} == plans.whole()


def listings() -> Iterable[RoomFilter]:
    """The lists that people look at."""
    yield RoomFilter()
    yield RoomFilter(statuses=TAKING)
    yield RoomFilter(statuses=TAKING, direction=Direction.UP, pool_priced=False, before=LIVE)
    yield RoomFilter(statuses=TAKING, order=RoomOrder.ENDING_SOONEST, after=Mark(NOON_MS, 2))
    yield RoomFilter(statuses=TAKING, order=RoomOrder.BIGGEST_POT, after=Mark(10**9, 2))
    yield RoomFilter(statuses=TAKING, pot_min=sols("1"))
    yield RoomFilter(instrument="C7", statuses=TAKING)
    yield RoomFilter(host=HOST)
    yield RoomFilter(held=True)


async def test_reading_reads_no_whole_table(full: OpenBooks) -> None:
    """Odds, balances, histories, statements, lists and leaderboards neither."""
    plans, queries = Plans(full), full.queries
    mine, period = available(ANN), Period(since_ms=NOON_MS, until_ms=NOON_MS + 1)

    await queries.room(LIVE)
    await queries.wallet(ANN)
    await queries.balances([mine, pot(LIVE)])
    await queries.history(mine, before=10**9)
    await queries.statement(mine, period, after=1)
    await queries.cash_flow(ENDED)
    await queries.settlement(ENDED)
    await queries.earnings(ANN)
    await queries.evidence(["sha256:aa"])
    for board in Board:
        await queries.leaders(board, TODAY)
        await queries.leaders(board, ALL_TIME, after=Mark(5, 2))
    await queries.score(ANN)
    await queries.scores(ANN, before=TODAY)
    await queries.house(TODAY)
    await queries.house_days(before=TODAY)
    await queries.uncounted()
    for wanted in listings():
        await queries.rooms(wanted)

    assert len(plans.by_statement) > 25
    assert {} == {sql: plan for sql, plan in plans.whole().items() if not newest_of_all(sql, plan)}


def newest_of_all(sql: str, plan: list[str]) -> bool:
    """The newest rooms without a condition: SQLite walks the table backwards, and stops after a page."""
    return plan == ["SCAN room"] and "WHERE" not in sql and "LIMIT" in sql
