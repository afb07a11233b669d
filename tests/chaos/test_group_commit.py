"""The bet desk at a real PostgreSQL: batches run again as a whole, poison is found, and nobody hears before COMMIT."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from tests.chaos.conftest import Table, a_table
from tests.contracts.sound import unsound

from rooms_core.domain.bet import BetOrder, DeskBusy
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.services.bet_desk import BetDesk
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import an_order
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_store.testing.crowd import STAKE
from rooms_store.testing.postgres import PostgresServer
from rooms_store.testing.proxy import Proxy

POISON = """
CREATE SEQUENCE tries;
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.key = 'poison' THEN
        PERFORM nextval('tries');
        RAISE EXCEPTION 'poisoned' USING ERRCODE = '{state}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER poison BEFORE INSERT ON bet FOR EACH ROW EXECUTE FUNCTION poison();
"""
"""A sequence counts what is rolled back too."""


def desk_at(table: Table, *, queue_max: int = 5_000) -> tuple[BetDesk, AwaitedTasks]:
    """A desk of one's own at the same books."""
    tasks = AwaitedTasks(SeededRng())
    place = PlaceBets(store=table.store, ids=table.store.ids)
    return BetDesk(place=place, tasks=tasks, queue_max=queue_max), tasks


def many(table: Table, count: int) -> list[BetOrder]:
    """So many orders of the clients, each with a key of its own."""
    people = table.crowd.numbers
    return [
        an_order(people[place % len(people)], "YES", STAKE, room=table.crowd.room.id, key=f"k{place}")
        for place in range(count)
    ]


async def sound(table: Table) -> bool:
    """Whether the books hold."""
    return [] == await unsound(Bookkeeper(table.store, ManualClock()))


@pytest.fixture
async def rival(table: Table) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else in the same database."""
    connection = await asyncpg.connect(table.server.dsn(table.database))
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    "state, most", [("P0001", 6), ("40001", 60), ("40P01", 60), ("57014", 25), ("53100", 25), ("23514", 6)]
)
async def test_one_poisoned_bet_is_found_and_harms_no_other(table: Table, state: str, most: int) -> None:
    """Whatever the database says against one of sixteen bets: fifteen stand, one has failed, in a bounded time."""
    table.sql(POISON.format(state=state))
    desk, tasks = desk_at(table)
    orders = many(table, 16)
    orders[5] = an_order(table.crowd.numbers[0], "NO", STAKE, room=table.crowd.room.id, key="poison")

    answers = await asyncio.gather(*map(desk, orders), return_exceptions=True)
    await tasks.drain()

    bad = answers.pop(5)
    assert all(isinstance(answer, Ok) for answer in answers)
    if state == "23514":
        assert isinstance(bad, InvariantBroken)
    else:
        assert isinstance(bad, Err)
        assert isinstance(bad.why, StoreFailed)
        assert ("poisoned" in bad.why.message, state != "P0001") == (True, bad.why.retryable)
    assert int(table.sql("SELECT last_value FROM tries")) <= most
    assert await sound(table)


async def test_whoever_comes_too_many_is_refused_at_once(table: Table, rival: asyncpg.Connection) -> None:
    """While a batch waits for the database only so many may wait behind it; the next hears so, and was not charged."""
    desk, tasks = desk_at(table, queue_max=3)
    orders = many(table, 5)
    async with rival.transaction():
        await rival.execute("SELECT 1 FROM room FOR UPDATE")
        first = asyncio.ensure_future(desk(orders[0]))
        while desk.batches == 0:  # noqa: ASYNC110 - one turn of the loop
            await asyncio.sleep(0)
        waiting = [asyncio.ensure_future(desk(order)) for order in orders[1:4]]
        await asyncio.sleep(0)

        assert Err(DeskBusy(3)) == await asyncio.wait_for(desk(orders[4]), 1)
        assert not any(each.done() for each in (first, *waiting))

    assert all(isinstance(each, Ok) for each in await asyncio.gather(first, *waiting))
    assert isinstance(await desk(orders[4]), Ok)
    assert (3, True) == (desk.batches, await sound(table))
    await tasks.drain()


async def test_nobody_is_answered_before_the_server_has_committed(postgres_server: PostgresServer) -> None:
    """Nobody has his answer when COMMIT leaves us, nor when the server has done it and we have not heard of it."""
    async with Proxy("127.0.0.1", postgres_server.port) as proxy:
        place = postgres_server.fresh_database().replace(f":{postgres_server.port}/", f":{proxy.port}/")
        async with a_table(postgres_server, place) as table:
            desk, tasks = desk_at(table)
            asked = [asyncio.ensure_future(desk(order)) for order in many(table, 3)]
            seen: list[tuple[str, bool]] = []

            def look(when: str) -> bool:
                seen.append((when, any(each.done() for each in asked)))
                return False

            proxy.faults.cut_before_commit = lambda: look("asked to commit")
            proxy.faults.cut_after_commit = lambda: look("committed")
            assert all(isinstance(each, Ok) for each in await asyncio.gather(*asked))

            assert [("asked to commit", False), ("committed", False)] == seen
            await tasks.drain()


async def test_a_database_that_is_gone_is_said_to_five_hundred_at_once(
    postgres_server: PostgresServer,
) -> None:
    """Sixty tries, not thirteen for each of them; when it is back, the same keys are placed."""
    async with Proxy("127.0.0.1", postgres_server.port) as proxy:
        place = postgres_server.fresh_database().replace(f":{postgres_server.port}/", f":{proxy.port}/")
        async with a_table(postgres_server, place) as table:
            tasks = AwaitedTasks()
            desk = BetDesk(place=PlaceBets(store=table.store, ids=table.store.ids), tasks=tasks)
            orders = many(table, 500)
            proxy.faults.refuse = True
            proxy.reset()
            answers = await asyncio.gather(*map(desk, orders))
            await tasks.drain()

            assert all(
                isinstance(answer, Err) and isinstance(answer.why, StoreFailed) and answer.why.retryable
                for answer in answers
            )
            assert 59 == len(tasks.pauses)

            proxy.faults.refuse = False
            assert all(isinstance(answer, Ok) for answer in await asyncio.gather(*map(desk, orders)))
            await tasks.drain()
            assert await sound(table)


async def test_a_conflict_is_run_again_once(table: Table) -> None:
    """A batch that the database undid once is placed by its second run, and nobody notices."""
    table.sql(POISON.format(state="40001").replace("NEW.key = 'poison'", "nextval('tries') = 1"))
    desk, tasks = desk_at(table)

    answers = await asyncio.gather(*map(desk, many(table, 3)))
    await tasks.drain()

    assert all(isinstance(answer, Ok) for answer in answers)
    assert 1 == desk.batches
    assert "5" == table.sql(
        "SELECT last_value FROM tries"
    )  # raised at the first of three, twice counted there
    assert await sound(table)
