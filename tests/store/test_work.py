"""Where the server's clock is the judge, no row is dated by the clock of a process."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from rooms_core.domain.events import BUCKETS, Event, EventKind
from rooms_core.domain.ids import UserId, id_made_ms
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.wallet import CREDIT_WAIT_MS
from rooms_core.ports.books import Books
from rooms_core.result import Ok
from rooms_core.services.count_rooms import CountRooms
from rooms_core.services.fenced_store import FencedStore
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, a_user, sols
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import OpenBooks, open_books
from rooms_store.testing.postgres import PostgresServer

DATED = {
    "entry.at_ms": 0,
    "posting.at_ms": 0,
    "account.waits_until_ms": CREDIT_WAIT_MS,
    "outbox.ended_at_ms": 0,
    "outbox.hidden_until_ms": 5_000,
    "lease.since_ms": 0,
    "fence.at_ms": 0,
    "settlement.at_ms": 0,
    "room_count.counted_at_ms": 0,
}
"""Columns that are dated when a row is written, and how much later than that they say."""


async def live(store: OpenBooks, clock: ManualClock) -> None:
    """A room is played, settled and counted; notices are told, given up and put off; a role is taken and fenced."""
    keeper = Bookkeeper(store, clock)
    await keeper.people(2, 4, 6, each=sols("10"))
    room = a_room(host=6, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    at_ms = await keeper.do(lambda books: books.now_ms())
    one, two = (
        a_bet(user, user, outcome, sols("1"), at_ms=at_ms) for user, outcome in ((2, "YES"), (4, "NO"))
    )
    await keeper.opened(room, one, two)
    assert isinstance(await SettleRoom(store=store)(room.id), Ok)
    assert isinstance(await CountRooms(store=store).rest(), Ok)

    async def tell(books: Books) -> None:
        users = [UserId(2 * number) for number in range(1, 5)]
        await books.outbox.add(Event(kind=EventKind.ROOM_OPENED, user=user, ref=9) for user in users)
        now_ms = await books.now_ms()
        one, two, three, *_ = await books.outbox.take(range(BUCKETS), 9, now_ms=now_ms, hide_ms=5_000)
        await books.outbox.done([one])
        await books.outbox.bury([two], why="blocked")
        await books.outbox.again([three], at_ms=now_ms + 5_000)

    await keeper.do(tell)
    mine = await HoldRole(store=store, holder="one").take("settler")
    assert isinstance(mine, Ok)
    assert Ok(None) == await FencedStore(store, mine.value).fence()


@pytest.mark.parametrize("hours", [-100, 100])
async def test_every_row_is_dated_by_the_server(postgres_server: PostgresServer, hours: int) -> None:
    """A process whose clock is days wrong writes what one with a right clock would: ids too."""
    place, clock = postgres_server.fresh_database(), ManualClock()
    name = place.rpartition("/")[2]

    def server_ms() -> int:
        asked = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
        return int(postgres_server.sql(asked, name))

    before_ms = server_ms()
    clock.set(before_ms)
    clock.advance(hours=hours)
    async with open_books(place, clock, server_time=True) as store:
        await live(store, clock)
        made_ms = id_made_ms(store.ids.next_id())
    after_ms = server_ms()

    for column, later_ms in DATED.items():
        table, _, name_of = column.partition(".")
        found = postgres_server.sql(
            f"SELECT min({name_of}), max({name_of}) FROM {table} WHERE {name_of} > 0", name
        )
        least, most = map(int, found.split("|"))
        assert before_ms <= least - later_ms <= most - later_ms <= after_ms, column
    assert before_ms <= made_ms <= after_ms + 1_000


async def test_a_unit_of_work_asks_for_the_servers_time_when_it_judges_and_once_to_date(
    postgres_server: PostgresServer,
) -> None:
    """Judging again is asking again, for time has passed; rows bear what was judged by."""
    statements: list[str] = []
    place, clock = postgres_server.fresh_database(), ManualClock()
    async with open_books(place, clock, server_time=True) as store:
        event.listen(
            store._engines.writer.sync_engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_rest: statements.append(statement),
        )
        keeper = Bookkeeper(store, clock)
        await keeper.people(2, each=sols("1"))
        dating = sum("clock_timestamp" in statement for statement in statements)
        judged = [await keeper.do(judge_twice) for _ in range(3)]

    assert 1 == dating
    assert all(first < second for first, second in judged)


async def judge_twice(books: Books) -> tuple[int, int]:
    """The time before and after something took a while."""
    first = await books.now_ms()
    for _ in range(20):
        await books.users.get(a_user(2).id)
    return first, await books.now_ms()
