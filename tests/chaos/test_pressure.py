"""A server that is full, slow, read-only, closed to us, restarted, or whose clock goes back: said, and gone on from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.chaos.conftest import Table, a_table
from tests.contracts.sound import unsound

from rooms_core.domain.bet import Bet, BetOrder, BettingEnded, RoomNotOpen
from rooms_core.domain.journal import OUTSIDE
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.advance_rooms import AdvanceRooms
from rooms_core.services.bet_desk import Answer
from rooms_core.services.place_bets import PlaceBets
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import MINUTE_MS, a_resolution, a_room, an_order, sols
from rooms_core.testing.clock import ManualClock
from rooms_store.engine import WRITERS
from rooms_store.opening import open_books
from rooms_store.testing.crowd import STAKE
from rooms_store.testing.postgres import PostgresServer

GO = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename <> 'rooms'"
)
"""Whoever is no operator loses his connection."""


@pytest.fixture
async def guest(postgres_server: PostgresServer) -> AsyncIterator[Table]:
    """Four clients at a database whose owner is no operator, so that limits hold for him."""
    place = postgres_server.fresh_database()
    name = urlsplit(place).path[1:]
    postgres_server.sql(f"CREATE ROLE {name} LOGIN PASSWORD 'right'")
    postgres_server.sql(f"ALTER DATABASE {name} OWNER TO {name}")
    mine = place.replace(urlsplit(place).netloc.rpartition("@")[0], f"{name}:right")
    async with a_table(postgres_server, mine) as table:
        yield table


@pytest.fixture
async def rival(guest: Table) -> AsyncIterator[asyncpg.Connection]:
    """The operator in the same database."""
    connection = await asyncpg.connect(guest.server.dsn(guest.database))
    yield connection
    await connection.close()


async def all_anew(table: Table, operator: asyncpg.Connection) -> None:
    """Have everybody connect anew, and the process notice that it must."""
    await operator.execute(GO)
    await table.store.fence()


async def alone(table: Table, client: int, key: str) -> Answer:
    """A bet past the desk, which is tried once."""
    placed = await PlaceBets(store=table.store, ids=table.store.ids)([table.order(client, key)])
    return placed if isinstance(placed, Err) else placed.value[0]


async def all_alone(table: Table, key: str) -> list[Answer]:
    """The same for all clients at the same time, each in a unit of work of his own."""
    return list(await asyncio.gather(*(alone(table, client, key) for client in range(table.crowd.size))))


def why(answer: Answer) -> StoreFailed:
    """How the store failed."""
    assert isinstance(answer, Err)
    assert isinstance(answer.why, StoreFailed)
    return answer.why


async def holds(table: Table, bets: int) -> bool:
    """Whether exactly so many bets are there, and the books hold."""
    assert [] == await unsound(Bookkeeper(table.store, ManualClock()))
    found = await table.look()
    return found.whole and bets == found.stored


async def test_a_statement_that_takes_too_long_is_said(guest: Table, rival: asyncpg.Connection) -> None:
    """A server that ends long statements has undone the bet; the same key is placed when nobody is in the way."""
    await rival.execute(f"ALTER ROLE {guest.database} SET statement_timeout = '100ms'")
    await all_anew(guest, rival)
    async with rival.transaction():
        await rival.execute("SELECT 1 FROM room FOR UPDATE")
        failure = why(await alone(guest, 0, "1"))

    assert ("statement timeout" in failure.message, True) == (True, failure.retryable)
    assert isinstance(await alone(guest, 0, "1"), Ok)
    assert await holds(guest, 1)


async def test_a_server_that_became_read_only_is_said(guest: Table, rival: asyncpg.Connection) -> None:
    """A demoted or protected server refuses to write (25006): time can heal it, and nothing was charged."""
    await rival.execute(f"ALTER ROLE {guest.database} SET default_transaction_read_only = on")
    await all_anew(guest, rival)
    failure = why(await alone(guest, 0, "1"))
    assert ("read-only" in failure.message, True) == (True, failure.retryable)

    await rival.execute(f"ALTER ROLE {guest.database} SET default_transaction_read_only = off")
    await all_anew(guest, rival)
    assert isinstance(await guest.bet(0, "1"), Ok)
    assert await holds(guest, 1)


async def test_a_wrong_password_is_said_and_not_tried_for_ever(
    guest: Table, rival: asyncpg.Connection
) -> None:
    """A password changed under a running process is the operator's to set right; then it goes on by itself."""
    await rival.execute(f"ALTER ROLE {guest.database} PASSWORD 'another'")
    await all_anew(guest, rival)
    failure = why(await guest.bet(0, "1"))
    assert ("password authentication failed" in failure.message, False) == (True, failure.retryable)
    assert "right" not in failure.message

    await rival.execute(f"ALTER ROLE {guest.database} PASSWORD 'right'")
    assert isinstance(await guest.bet(0, "1"), Ok)
    assert await holds(guest, 1)


async def test_too_many_connections_are_said(guest: Table, rival: asyncpg.Connection) -> None:
    """Who gets no connection (53300) hears so and is charged nothing; who has one is served, and later all are."""
    await rival.execute(f"ALTER ROLE {guest.database} CONNECTION LIMIT 1")
    await all_anew(guest, rival)
    answers = await all_alone(guest, "1")
    failures = [why(answer) for answer in answers if isinstance(answer, Err)]
    assert all("TooManyConnections" in each.message and each.retryable for each in failures)
    assert 0 < len(failures) < len(answers)

    await rival.execute(f"ALTER ROLE {guest.database} CONNECTION LIMIT -1")
    assert all(isinstance(answer, Ok) for answer in await all_alone(guest, "1"))
    assert await holds(guest, 4)


async def test_more_units_of_work_than_connections_take_turns(
    guest: Table, rival: asyncpg.Connection
) -> None:
    """When every connection waits for a lock the others wait for theirs, and whoever only reads waits for nobody."""
    async with rival.transaction():
        await rival.execute("SELECT 1 FROM room FOR UPDATE")
        asked = [
            asyncio.ensure_future(alone(guest, number % 4, str(number))) for number in range(2 * WRITERS)
        ]
        waiting = 0
        while waiting < WRITERS:
            waiting = await rival.fetchval(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
                " OR NOT granted AND locktype = 'transactionid'"
            )
        assert isinstance(await asyncio.wait_for(guest.store.queries.balances([OUTSIDE]), 10), Ok)
        assert not any(each.done() for each in asked)

    assert all(isinstance(answer, Ok) for answer in await asyncio.gather(*asked))
    assert await holds(guest, 2 * WRITERS)


async def test_restarts_under_load_lose_and_double_nothing(own_server: PostgresServer) -> None:
    """A server that is restarted the hard way while everybody bets: each acknowledged bet is there, once."""
    async with a_table(own_server, own_server.fresh_database(), clients=8) as table:
        async with table.crowd.betting():
            for _ in range(2):
                await table.crowd.more(20)
                await asyncio.to_thread(own_server.restart, "immediate")
            await table.crowd.more(20)
        found = await table.look()

        assert found.whole, found
        assert found.acknowledged == found.stored >= 60
        assert [] == await unsound(Bookkeeper(table.store, ManualClock()))


FALSE_CLOCK = """
CREATE SCHEMA bent;
CREATE TABLE bent.clock (at_ms bigint);
INSERT INTO bent.clock VALUES ({now_ms});
CREATE FUNCTION bent.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT to_timestamp(at_ms / 1000.0) FROM bent.clock';
ALTER DATABASE {name} SET search_path = bent, pg_catalog, public;
"""
"""What the server says the time is, to be set back: our own function stands before its own."""


async def test_a_server_whose_clock_goes_back_stays_sound(postgres_server: PostgresServer) -> None:
    """Ids grow all the same, a room that was locked stays locked, and late is who was late by that clock."""
    clock, place = ManualClock(), postgres_server.fresh_database()
    name = urlsplit(place).path[1:]
    room = a_room(1_000)
    start, lock = room.created_at_ms, room.lock_at_ms

    def at(ms: int) -> None:
        postgres_server.sql(f"UPDATE bent.clock SET at_ms = {ms}", name)

    async with open_books(place, clock):
        postgres_server.sql(FALSE_CLOCK.format(now_ms=start, name=name), name)
    async with open_books(place, clock, server_time=True) as store:
        keeper, place_bets = Bookkeeper(store, clock), PlaceBets(store=store, ids=store.ids)
        await keeper.people(2, 4, each=sols("10"))
        await keeper.opened(room)

        async def bet(order: BetOrder) -> Result[Bet, object]:
            placed = await place_bets([order])
            assert isinstance(placed, Ok)
            return placed.value[0]

        at(start + 60_000)
        first = await bet(an_order(2, "YES", STAKE, key="1"))
        at(start + 1)
        second = await bet(an_order(4, "NO", STAKE, key="2"))
        again = await bet(an_order(2, "YES", STAKE, key="1"))
        assert isinstance(first, Ok)
        assert isinstance(second, Ok)
        assert (start + 60_000, start + 1) == (first.value.placed_at_ms, second.value.placed_at_ms)
        assert (first, True) == (again, first.value.id < second.value.id)

        at(lock)
        assert Err(BettingEnded(lock, lock)) == await bet(an_order(2, "YES", STAKE, key="3"))
        await AdvanceRooms(store=store)(lock)
        await AdvanceRooms(store=store)(lock)
        at(start - 60 * MINUTE_MS)
        assert Err(RoomNotOpen(RoomStatus.LOCKED)) == await bet(an_order(2, "YES", STAKE, key="4"))

        answered = replace(
            await keeper.room(room),
            status=RoomStatus.SETTLING,
            resolution=a_resolution("YES", late_after_ms=start + 30_000),
        )
        assert await keeper.do(lambda books: books.rooms.save(answered, was=RoomStatus.LOCKED))
        ended = await SettleRoom(store=store)(room.id)
        assert isinstance(ended, Ok)
        assert (
            RoomStatus.VOIDED is ended.value.status
        )  # the first to bet was late by that clock, and his side is empty
        assert [] == await unsound(keeper)
