"""Servers that replicate do so as told: what was acknowledged survives a promotion, or is lost on purpose."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from rooms_store.testing.binaries import NoServer
from rooms_store.testing.replication import ReplicatedServers


def test_a_synchronous_standby_has_what_was_acknowledged() -> None:
    """Killing the primary loses nothing that was answered; the standby that remains is waited for from then on."""
    with ReplicatedServers(standbys=2, durable=False) as servers:
        old = servers.primary
        with pytest.raises(RuntimeError, match="still runs"):
            servers.promote()
        old.sql("CREATE TABLE kept (id int); INSERT INTO kept SELECT generate_series(1, 1000)")

        old.kill9()
        new = servers.promote()

        assert new is not old
        assert "1000" == new.sql("SELECT count(*) FROM kept")
        assert "quorum" == new.sql("SELECT sync_state FROM pg_stat_replication")


async def test_a_fenced_zombie_comes_back_as_a_standby() -> None:
    """Whoever asks for the primary passes it by, wherever it stands in the list; unfenced it would be taken."""
    with ReplicatedServers(durable=False) as servers:
        old = servers.primary
        old.sql("CREATE TABLE kept (id int)")
        with pytest.raises(RuntimeError, match="still runs"):
            servers.fence(old)
        old.kill9()
        new = servers.promote()
        assert servers.place().index(str(old.port)) < servers.place().index(str(new.port))

        old.start()
        connection = await asyncpg.connect(servers.place())
        assert str(old.port) == await connection.fetchval("SHOW port")
        await connection.close()

        old.kill9()
        servers.fence(old)
        old.start()
        connection = await asyncpg.connect(servers.place())
        assert str(new.port) == await connection.fetchval("SHOW port")
        await connection.close()
        with pytest.raises(NoServer, match="read-only"):
            old.sql("CREATE TABLE lost (id int)")

        servers.rejoin(old)
        assert "quorum" == new.sql("SELECT sync_state FROM pg_stat_replication")


def test_held_replication_loses_what_an_asynchronous_primary_answered() -> None:
    """The negative control of every fail-over test: without a synchronous standby acknowledged rows can vanish."""
    with ReplicatedServers(synchronous=False, durable=False) as servers:
        servers.primary.sql("CREATE TABLE kept (id int)")
        with servers.held():
            servers.primary.sql("INSERT INTO kept VALUES (1)")
            servers.primary.kill9()

        assert "0" == servers.promote().sql("SELECT count(*) FROM kept")


async def test_held_replication_makes_a_synchronous_primary_wait() -> None:
    """No answer is given while no standby has the commit; it comes when one has."""
    with ReplicatedServers(durable=False) as servers:
        servers.primary.sql("CREATE TABLE kept (id int)")
        connection = await asyncpg.connect(servers.place())
        with servers.held():
            answer = asyncio.ensure_future(connection.execute("INSERT INTO kept VALUES (1)"))
            await asyncio.sleep(0.3)
            assert not answer.done()

        assert "INSERT 0 1" == await answer
        await connection.close()
