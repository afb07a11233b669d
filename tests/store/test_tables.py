"""What the tables refuse to hold."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, UniqueConstraint, event

from rooms_core.domain import entries
from rooms_core.domain.deposit import DepositState
from rooms_core.domain.journal import Posting, PostingKind, available, pot
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.ports.queries import RoomFilter
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_room, a_user, an_order, sols
from rooms_store.migrations import upgrade
from rooms_store.opening import OpenBooks
from rooms_store.tables import FIGURES, metadata

DISTRIBUTED_BY = {
    "account": "id",
    "posting": "source",
    "outbox": "bucket",
    "room": "id",
    "bet": "room_id",
    "pool": "room_id",
    "settlement": "room_id",
    "entry": "key",
    "person": "id",
    "referral_code": "code",
    "evidence": "hash",
    "score": "user_id",
    "room_count": "room_id",
}
MOST = 2**63 - 1
ROOM = a_room()


@pytest.fixture
def tables(place: Path) -> Iterator[sqlite3.Connection]:
    """The empty tables."""
    upgrade(place)
    connection = sqlite3.connect(place, isolation_level=None)
    yield connection
    connection.close()


def settled(**figures: int) -> str:
    """A row of the settlement table: nothing staked, but for these figures."""
    amounts = ", ".join(str(figures.get(name, 0)) for name in FIGURES)
    return f"INSERT INTO settlement VALUES (1000, 5, '{{}}', 'sha256:0', 1, {amounts})"


@pytest.mark.parametrize(
    "statement, rule",
    [
        ("INSERT INTO account VALUES (4, 1, 4, -1, 0, 0, 0)", "I3_balance"),
        ("INSERT INTO account VALUES (4, 1, 4, 0, 0, -1, 0)", "I3_waiting"),
        ("UPDATE account SET balance = -1 WHERE id = -5", "I3_balance"),
        ("INSERT INTO posting VALUES (-9, 2, -9, 5, 1, 7, 1)", "I1_ends"),
        ("INSERT INTO posting VALUES (-9, 2, 4, 0, 1, 7, 1)", "I1_amount"),
        ("INSERT INTO bet VALUES (1000, 2, 4, 0, 0, 'k', 1)", "I3_stake"),
        ("INSERT INTO pool VALUES (1000, 0, 0, -1, 0)", "I3_pool"),
        (settled(staked=5, gross=4), "I8_staked"),
        (settled(staked=5, gross=5, paid=4), "I8_gross"),
        (settled(staked=5, gross=5, takeout=1, paid=4), "I8_takeout"),
        (settled(subsidy=1, breakage=1), "I8_one"),
        (settled(takeout=-1, host=-1, paid=1), "I8_not_negative"),
        (settled(staked=5, gross=5, paid=5).replace(", 5, 0, 0)", ", NULL, 0, 0)"), "I8_whole"),
        (
            "INSERT INTO withdrawal VALUES (2, 4, 'k', 5, 'a', 'b', 'W0', 6, '', '', 1, 1, 1, 1, '', 1)",
            "I3_withdr",
        ),
        ("INSERT INTO account VALUES (4, 1, 4, 'much', 0, 0, 0)", "cannot store TEXT"),
        ("INSERT INTO account VALUES (4, 1, 4, 1.5, 0, 0, 0)", "cannot store REAL"),
        (f"INSERT INTO account VALUES (4, 1, 4, {MOST} + 1, 0, 0, 0)", "cannot store REAL"),
    ],
)
def test_false_rows_are_refused_by_the_rule_they_break(
    tables: sqlite3.Connection, statement: str, rule: str
) -> None:
    """The last guard of an amount is the table itself, and it names the invariant."""
    with pytest.raises(sqlite3.IntegrityError, match=rule):
        tables.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account SET balance = -1 WHERE id = -9",
        f"INSERT INTO account VALUES (4, 1, 4, {MOST}, 0, 0, 0)",
        settled(staked=MOST, gross=MOST, takeout=MOST, host=MOST),
        settled(staked=5, gross=5, subsidy=MOST - 5, paid=MOST),
        settled().replace(", 0" * len(FIGURES), ", NULL" * len(FIGURES)),
    ],
)
def test_true_rows_at_the_edge_are_held(tables: sqlite3.Connection, statement: str) -> None:
    """The outside world owes; 63 bits are all usable; a voided room has no figures."""
    assert 1 == tables.execute(statement).rowcount


@pytest.mark.parametrize("table", DISTRIBUTED_BY)
def test_every_unique_key_contains_what_the_table_is_spread_by(table: str) -> None:
    """Otherwise the table could not lie on several servers."""
    keys = [[*metadata.tables[table].primary_key.columns.keys()]]
    unique = [each for each in metadata.tables[table].constraints if isinstance(each, UniqueConstraint)]
    keys += [[*constraint.columns.keys()] for constraint in unique]
    keys += [[*index.columns.keys()] for index in metadata.tables[table].indexes if index.unique]

    assert all(DISTRIBUTED_BY[table] in key for key in keys), keys


async def test_no_question_of_the_hot_path_reads_a_whole_table(store: OpenBooks, keeper: Bookkeeper) -> None:
    """Betting, settling, telling and looking cost the same in old books as in new ones."""
    await keeper.people(2, 4, each=sols("10"))
    plans: dict[str, list[str]] = {}

    @event.listens_for(store._engines.writer.sync_engine, "before_cursor_execute")
    @event.listens_for(store._engines.readers.sync_engine, "before_cursor_execute")
    def explain(connection: Connection, _cursor: object, sql: str, given: Any, *_more: object) -> None:
        if sql.startswith(("SELECT", "UPDATE", "INSERT")) and not isinstance(given, list):
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", given)
            plans[sql] = [step[3] for step in cursor.fetchall()]
            cursor.close()

    async def bet_and_settle(books: Books) -> None:
        await books.bets.known([an_order(2, "YES", sols("1"))])
        await books.rooms.lock([ROOM.id])
        await books.markets.lock(["SOL/USD"])
        await books.rooms.staked_on("SOL/USD")
        await books.journal.wallets([a_user(2).id])
        await books.rooms.find([RoomStatus.OPEN], lock_due_ms=1)
        await books.rooms.find([RoomStatus.OPEN], settle_due_ms=1)
        await books.rooms.find([RoomStatus.SETTLING])
        await books.bets.players(ROOM.id)
        async for _ in books.bets.positions(ROOM.id, late_after_ms=1):
            pass
        writer = await books.journal.write(entries.settle_key(ROOM.id))
        assert writer is not None
        await writer.add([Posting(PostingKind.PAYOUT, pot(ROOM.id), available(a_user(2).id), sols("1"))])
        await writer.close()
        await books.outbox.done(await books.outbox.waiting(5))
        await books.users.by_code(a_user(2).code)
        await books.evidence.last("SOL/USD")
        await books.withdrawals.live_attempts()
        await books.withdrawals.find([WithdrawalState.REQUESTED])
        await books.deposits.find(DepositState.DUST)

    await keeper.opened(ROOM, a_bet(102, 2, "YES", sols("1")), a_bet(104, 4, "NO", sols("1")))
    await keeper.do(bet_and_settle)
    await store.queries.rooms(RoomFilter(statuses=frozenset({RoomStatus.OPEN})))
    await store.queries.history(available(a_user(2).id))
    await store.queries.cash_flow(ROOM.id)
    await store.queries.earnings(a_user(2).id)

    tables = "|".join(metadata.tables)
    whole = re.compile(rf"SCAN ({tables})(?! USING INDEX ix_outbox_waiting| USING INDEX I13_)")
    assert len(plans) > 25
    assert {} == {sql: plan for sql, plan in plans.items() if any(whole.match(step) for step in plan)}
