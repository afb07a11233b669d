"""Writers find the primary among several servers, and pass by one that was replaced."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from rooms_store.engine import open_servers
from rooms_store.primary import NoPrimary, PrimaryFinder, each_server
from rooms_store.testing.postgres import PostgresServer
from rooms_store.testing.processes import free_port
from rooms_store.testing.replication import ReplicatedServers


@pytest.fixture
def servers() -> Iterator[ReplicatedServers]:
    """A primary and a standby of this test's own."""
    with ReplicatedServers(durable=False) as running:
        yield running


def finder(servers: ReplicatedServers) -> PrimaryFinder:
    """Knows all of the servers."""
    return PrimaryFinder(each_server(servers.place()))


async def port(finding: PrimaryFinder) -> int:
    """To whom the finder connects."""
    connection = await finding.connect()
    try:
        return int(await connection.fetchval("SHOW port"))
    finally:
        await connection.close()


async def test_a_zombie_is_refused(servers: ReplicatedServers) -> None:
    """An unfenced old primary calls itself a primary still; its timeline gives it away, also when it is alone."""
    known, old = finder(servers), servers.primary
    assert (old.port, 1) == (await port(known), known.timeline)
    old.kill9()
    with pytest.raises(NoPrimary, match="is a standby"):
        await known.connect()
    new = servers.promote()
    assert (new.port, 2) == (await port(known), known.timeline)

    old.start()

    assert new.port == await port(
        finder(servers)
    )  # of two primaries the newer, though the old one stands first
    new.kill9()
    with pytest.raises(NoPrimary, match="on timeline 1, but 2 was seen: a zombie"):
        await known.connect()


async def test_a_pool_leaves_a_server_that_was_replaced(servers: ReplicatedServers) -> None:
    """Once any connection has met a newer primary, none goes on writing to the old one, though it lives and answers."""
    old, new = servers.primary, servers.standbys[0]
    old.create_database("books")
    engines = open_servers(servers.place("books"))
    try:
        assert old.port == await used(engines.writer)
        new.sql("SELECT pg_promote(true, 90)")
        assert old.port == await used(engines.writer)  # nobody could know yet
        old.sql("SET synchronous_commit = local; ALTER DATABASE books ALLOW_CONNECTIONS false")

        assert new.port == await used(engines.readers)

        assert new.port == await used(engines.writer)
    finally:
        await engines.close()


async def used(pool: AsyncEngine) -> int:
    """With whom a pool speaks."""
    async with pool.connect() as connection:
        return int(str(await connection.scalar(text("SHOW port"))))


async def test_a_fenced_server_is_a_standby(servers: ReplicatedServers) -> None:
    """Who was fenced before the promotion cannot even be mistaken by one who knows nothing."""
    old = servers.primary
    old.kill9()
    new = servers.promote()
    servers.fence(old)
    old.start()
    assert new.port == await port(finder(servers))

    new.kill9()

    with pytest.raises(NoPrimary, match=f"127.0.0.1:{old.port} is a standby"):
        await finder(servers).connect()


async def test_a_wrong_password_is_said_at_once(postgres_server: PostgresServer) -> None:
    """What no fail-over heals is not taken for one."""
    wrong = PrimaryFinder([postgres_server.dsn()], {"password": "guessed"})

    with pytest.raises(asyncpg.InvalidPasswordError):
        await wrong.connect()


def test_a_url_of_several_servers_is_one_url_for_each() -> None:
    """Name, password, database and options are the same for all; a port may be left out."""
    assert [
        "postgresql://me:p%40ss@one:5433/books?sslmode=require",
        "postgresql://me:p%40ss@two/books?sslmode=require",
    ] == each_server("postgresql://me:p%40ss@one:5433,two/books?sslmode=require&target_session_attrs=primary")
    assert ["postgresql://one/books"] == each_server("postgresql://one/books")


async def test_a_password_is_not_told() -> None:
    """Neither what went wrong nor the finder itself shows it."""
    known = PrimaryFinder([f"postgresql://me:secret@127.0.0.1:{free_port('127.0.0.1')}/books"])
    with pytest.raises(NoPrimary, match="is not there") as raised:
        await known.connect()

    assert "secret" not in str(raised.value) + repr(known)


async def test_a_machine_that_is_gone_is_noticed(postgres_server: PostgresServer) -> None:
    """The system asks for a silent server by itself, so that nobody waits for ever for an answer."""
    connection = await PrimaryFinder([postgres_server.dsn()]).connect()
    try:
        there = connection._transport.get_extra_info("socket")
        assert 1 == there.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert 10 == there.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
    finally:
        await connection.close()
