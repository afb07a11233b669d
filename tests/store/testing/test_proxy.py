"""The network between client and database fails as told, and only then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from rooms_store.testing.postgres import PostgresServer
from rooms_store.testing.proxy import Proxy

BROKEN = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionError)


@pytest.fixture
def database(postgres_server: PostgresServer) -> str:
    """A fresh database with one table."""
    name = postgres_server.fresh_database().rpartition("/")[2]
    postgres_server.sql("CREATE TABLE kept (id int PRIMARY KEY)", name)
    return name


@pytest.fixture
async def proxy(postgres_server: PostgresServer) -> AsyncIterator[Proxy]:
    """A proxy in front of the server."""
    async with Proxy("127.0.0.1", postgres_server.port) as listening:
        yield listening


@pytest.fixture
async def client(
    postgres_server: PostgresServer, proxy: Proxy, database: str
) -> AsyncIterator[asyncpg.Connection]:
    """A client who believes the proxy to be the server."""
    there = postgres_server.dsn(database).replace(f":{postgres_server.port}/", f":{proxy.port}/")
    connection = await asyncpg.connect(there)
    yield connection
    connection.terminate()


def kept(server: PostgresServer, database: str) -> str:
    """The rows that are really there."""
    return server.sql("SELECT count(*) FROM kept", database)


async def insert(client: asyncpg.Connection) -> None:
    """One transaction with one row."""
    async with client.transaction():
        await client.execute("INSERT INTO kept VALUES (1)")


async def test_without_a_fault_everything_passes(client: asyncpg.Connection, proxy: Proxy) -> None:
    """Large answers and commits go through unchanged."""
    await insert(client)

    assert "x" * 200_000 == await client.fetchval("SELECT repeat('x', 200000)")
    assert (0, 0) == (proxy.cut_before, proxy.cut_after)


async def test_a_lost_answer_is_a_commit_that_was_done(
    client: asyncpg.Connection, proxy: Proxy, postgres_server: PostgresServer, database: str
) -> None:
    """The client sees a broken connection; the row is there."""
    proxy.faults.cut_after_commit = lambda: True

    with pytest.raises(BROKEN):
        await insert(client)

    assert (1, "1") == (proxy.cut_after, kept(postgres_server, database))


async def test_a_cut_before_the_commit_leaves_nothing(
    client: asyncpg.Connection, proxy: Proxy, postgres_server: PostgresServer, database: str
) -> None:
    """The client sees the same broken connection; the row is not there."""
    proxy.faults.cut_before_commit = lambda: True

    with pytest.raises(BROKEN):
        await insert(client)

    assert (1, "0") == (proxy.cut_before, kept(postgres_server, database))


async def test_latency_is_felt(client: asyncpg.Connection, proxy: Proxy) -> None:
    """Each message is kept for a while."""
    proxy.faults.latency_seconds = 0.05
    before = time.monotonic()

    await client.execute("SELECT 1")

    assert time.monotonic() - before >= 0.1


async def test_a_drip_is_slow_but_whole(client: asyncpg.Connection, proxy: Proxy) -> None:
    """A byte at a time is still the same answer."""
    proxy.faults.drip_bytes = 1

    assert "x" * 2_000 == await client.fetchval("SELECT repeat('x', 2000)")


async def test_a_half_open_connection_says_nothing(client: asyncpg.Connection, proxy: Proxy) -> None:
    """Nobody is told; only a timeout ends it. When the network is back the answer comes after all."""
    proxy.faults.silent = True
    asked = asyncio.ensure_future(client.fetchval("SELECT 7"))
    await asyncio.sleep(0.2)
    assert not asked.done()

    proxy.faults.silent = False
    assert 7 == await asked


async def test_a_reset_breaks_every_connection(client: asyncpg.Connection, proxy: Proxy) -> None:
    """Connections break at once, and none is taken while the network refuses."""
    asked = asyncio.ensure_future(client.execute("SELECT pg_sleep(60)"))
    await asyncio.sleep(0.1)

    proxy.faults.refuse = True
    proxy.reset()

    with pytest.raises(BROKEN):
        await asked
    with pytest.raises((*BROKEN, OSError)):
        await asyncpg.connect(host="127.0.0.1", port=proxy.port, user="rooms", timeout=5)
