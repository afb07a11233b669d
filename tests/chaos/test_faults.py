"""Each fault of the database has its answer, nobody is answered wrongly, and the books hold afterwards."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import asyncpg
import pytest
from tests.chaos.conftest import Table, a_table

from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.services.bet_desk import Answer
from rooms_store.testing.binaries import given_to_server
from rooms_store.testing.postgres import PostgresServer
from rooms_store.testing.proxy import Proxy

WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"


@pytest.fixture
async def rival(table: Table) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else in the same database."""
    connection = await asyncpg.connect(table.server.dsn(table.database))
    yield connection
    await connection.close()


def everyone(table: Table, key: str) -> asyncio.Future[list[Answer]]:
    """All clients bet at the same time, in one or two batches."""
    return asyncio.gather(*(table.bet(client, key) for client in range(table.crowd.size)))


async def until_it_waits(table: Table) -> None:
    """Until a batch waits for a lock."""
    while "0" == await asyncio.to_thread(table.sql, WAITS):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)


def all_placed(table: Table, answers: Sequence[Answer]) -> bool:
    """Whether each client got his own bet."""
    bettors = [answer.value.bettor for answer in answers if isinstance(answer, Ok)]
    return table.crowd.numbers == bettors


async def holds(table: Table, bets: int) -> bool:
    """Whether exactly so many bets are there, and the books hold."""
    found = await table.look()
    return found.whole and bets == found.stored


async def test_a_terminated_backend_answers_everyone(table: Table, rival: asyncpg.Connection) -> None:
    """A batch whose connection is killed on the way is run again as a whole."""
    async with rival.transaction():
        await rival.execute("SELECT 1 FROM room FOR UPDATE")
        asked = everyone(table, "1")
        await until_it_waits(table)
        await rival.execute(KILL.replace("state <>", "pid <> pg_backend_pid() AND state <>"))

    assert all_placed(table, await asked)
    assert await holds(table, 4)


async def test_a_deadlock_answers_everyone(table: Table, rival: asyncpg.Connection) -> None:
    """Who takes locks in another order than the fixed one can make a batch the victim; it is run again."""
    before = int(table.sql(DEADLOCKS))
    async with rival.transaction():
        await rival.execute("SET LOCAL deadlock_timeout = '60s'")  # so that the batch looks first, and loses
        await rival.execute("SELECT 1 FROM account FOR UPDATE")
        asked = everyone(table, "1")
        await until_it_waits(table)
        await rival.execute("SELECT 1 FROM room FOR UPDATE")

    assert all_placed(table, await asked)
    assert await holds(table, 4)
    async with asyncio.timeout(10):  # statistics come a moment later
        while int(await asyncio.to_thread(table.sql, DEADLOCKS)) == before:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_serialization_failure_answers_everyone(postgres_server: PostgresServer) -> None:
    """Where the database serialises, a batch that read before another's commit is run again."""
    place = postgres_server.fresh_database()
    name = place.rpartition("/")[2]
    async with a_table(postgres_server, place) as table:
        table.sql(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
        await asyncio.to_thread(
            table.sql,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()",
        )
        rival = await asyncpg.connect(place)
        try:
            async with rival.transaction():
                await rival.execute("UPDATE room SET title = title")
                asked = everyone(table, "1")
                await until_it_waits(table)
            assert all_placed(table, await asked)
            assert await holds(table, 4)
        finally:
            await rival.close()


async def test_a_restart_between_two_batches_is_not_felt(own_server: PostgresServer) -> None:
    """Connections that died while nobody used them are replaced before they are used."""
    async with a_table(own_server, own_server.fresh_database()) as table:
        assert all_placed(table, await everyone(table, "1"))

        await asyncio.to_thread(own_server.restart, "immediate")

        assert all_placed(table, await everyone(table, "2"))
        assert await holds(table, 8)


async def test_a_server_that_is_gone_is_said(own_server: PostgresServer) -> None:
    """Who bets while no server answers hears that it failed and may be tried again, and then it works."""
    async with a_table(own_server, own_server.fresh_database()) as table:
        await asyncio.to_thread(own_server.kill9)

        answer = await table.bet(0, "1")
        assert isinstance(answer, Err)
        assert isinstance(answer.why, StoreFailed)
        assert answer.why.retryable
        assert answer.why.message

        await asyncio.to_thread(own_server.start)
        assert isinstance(await table.bet(0, "1"), Ok)
        assert await holds(table, 1)


async def test_a_silent_network_is_given_up(postgres_server: PostgresServer) -> None:
    """A half-open connection holds nobody for ever: the desk has an answer in bounded time, and goes on afterwards."""
    async with Proxy("127.0.0.1", postgres_server.port) as proxy:
        place = postgres_server.fresh_database().replace(f":{postgres_server.port}/", f":{proxy.port}/")
        async with a_table(postgres_server, place) as table:
            asked = asyncio.ensure_future(table.bet(0, "1"))
            proxy.faults.silent = True
            await asyncio.sleep(0.3)
            assert not asked.done()
            proxy.reset()
            proxy.faults.silent = False

            assert isinstance(await asked, Ok)
            assert await holds(table, 1)


@pytest.fixture
def small_disk(postgres_server: PostgresServer) -> Iterator[Path]:
    """A disk of 24 MB of its own."""
    folder = postgres_server.folder / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield given_to_server(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk can be mounted by root only")
async def test_a_full_disk_is_said(postgres_server: PostgresServer, small_disk: Path) -> None:
    """Bets fail with a sentence while nothing can be written; the same keys are placed once there is room again."""
    inside = small_disk / "inside"
    inside.mkdir()
    given_to_server(inside)
    postgres_server.sql(f"CREATE TABLESPACE small LOCATION '{inside}'")
    postgres_server.sql("CREATE DATABASE small TABLESPACE small")
    try:
        async with a_table(postgres_server, postgres_server.dsn("small"), clients=8) as table:
            filler = small_disk / "filler"
            _fill(filler)
            refused: tuple[str, StoreFailed] | None = None
            for turn in range(400):
                answers = [await each for each in [table.bet(client, str(turn)) for client in range(8)]]
                failed = [answer.why for answer in answers if isinstance(answer, Err)]
                if failed:
                    assert isinstance(failed[0], StoreFailed)
                    refused = (str(turn), failed[0])
                    break
            assert refused is not None
            assert "No space left on device" in refused[1].message
            assert refused[1].retryable

            filler.unlink()
            again = [await each for each in [table.bet(client, refused[0]) for client in range(8)]]
            assert all_placed(table, again)
            assert await holds(table, 8 * (int(refused[0]) + 1))
    finally:
        postgres_server.drop_database("small")
        postgres_server.sql("DROP TABLESPACE small")


def _fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return
