"""Tests may have a real PostgreSQL: it starts, survives, dies and vanishes as told."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from rooms_store.reach import Reached, Unreachable, reach
from rooms_store.testing.binaries import NoServer
from rooms_store.testing.postgres import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of this file's own: it is killed and restarted."""
    with PostgresServer() as running:
        yield running


async def test_a_client_reaches_each_fresh_database(server: PostgresServer) -> None:
    """Two tests share a server but never a database."""
    one, other = server.fresh_database(), server.fresh_database()
    connection = await asyncpg.connect(one)
    try:
        assert "18." in await connection.fetchval("SHOW server_version")
        await connection.execute("CREATE TABLE mine (id int)")
    finally:
        await connection.close()

    assert one != other
    assert "0" == server.sql(
        "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'", other.rpartition("/")[2]
    )


def test_a_server_for_trying_out_ends_with_a_key() -> None:
    """It prints the URL of an empty database, and Ctrl-C leaves nothing of it."""
    served = subprocess.Popen(
        [sys.executable, "-m", "rooms_store.testing.postgres"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert served.stdout is not None
        url = served.stdout.readline().strip()
        there = asyncio.run(reach(url))
        served.send_signal(signal.SIGINT)
        ended = served.wait(timeout=60)
    finally:
        served.kill()
        served.communicate()

    assert Reached(tables=False) == there
    assert url.endswith("/books")
    assert 0 == ended
    assert isinstance(asyncio.run(reach(url)), Unreachable)


async def test_the_password_is_asked_for(server: PostgresServer) -> None:
    """Nobody else on the machine gets into a test's server."""
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.dsn().replace(server.password, "guessed"))


def test_what_was_committed_survives_a_kill(server: PostgresServer) -> None:
    """SIGKILL to all processes, then a start on the same port, goes through recovery."""
    name = server.fresh_database().rpartition("/")[2]
    server.sql("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)", name)
    before = server.dsn()

    server.kill9()
    assert not server.running
    server.start()

    assert before == server.dsn()
    assert "7" == server.sql("SELECT id FROM kept", name)
    assert "was not properly shut down" in server.log


def test_a_restart_keeps_the_place(server: PostgresServer) -> None:
    """An immediate restart answers under the same DSN."""
    before = server.dsn()

    server.restart("immediate")

    assert (before, "1") == (server.dsn(), server.sql("SELECT 1"))


def test_settings_can_be_changed(server: PostgresServer) -> None:
    """A setting holds after the next restart, and a wrong one names itself."""
    server.configure(work_mem="7MB")
    server.restart("fast")
    assert "7MB" == server.sql("SHOW work_mem")

    server.stop()
    server.settings["work_mem"] = "much"
    with pytest.raises(NoServer, match="work_mem"):
        server.start()
    server.settings["work_mem"] = "8MB"
    server.start()
    assert "8MB" == server.sql("SHOW work_mem")


def test_a_copy_of_a_database_is_a_database(server: PostgresServer) -> None:
    """Tests copy a migrated database instead of migrating each time."""
    template = server.fresh_database().rpartition("/")[2]
    server.sql("CREATE TABLE made (id int)", template)

    copy = server.fresh_database(template=template).rpartition("/")[2]

    assert "0" == server.sql("SELECT count(*) FROM made", copy)
    server.drop_database(copy)
    with pytest.raises(NoServer, match="does not exist"):
        server.sql("SELECT 1", copy)


def test_a_closed_server_leaves_nothing_behind() -> None:
    """Processes and the temporary folder go with the `with`."""
    with PostgresServer(durable=False) as running:
        assert "off" == running.sql("SHOW fsync")
        process, folder = running.process, running.folder
    assert process is not None
    assert process.poll() is not None
    assert not folder.exists()


async def test_a_folder_that_was_brought_is_kept() -> None:
    """The caller's folder can be started again, with what was in it."""
    with PostgresServer() as first:
        folder = first.folder / "brought"
        for _ in range(2):
            with PostgresServer(folder) as running:
                connection = await asyncpg.connect(running.dsn())  # the password is that of the folder
                await connection.close()
        assert (folder / "data" / "PG_VERSION").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as another user")
def test_a_closed_folder_is_named(tmp_path: Path) -> None:
    """A folder that the servers' user cannot enter is refused with a sentence."""
    tmp_path.chmod(0o700)
    with pytest.raises(NoServer, match="may not enter"):
        PostgresServer(tmp_path / "books")


ORPHAN = """
import sys, time
from rooms_store.testing.postgres import PostgresServer
with PostgresServer(durable=False) as server:
    print(server.process.pid, server.folder, flush=True)
    time.sleep(60)
"""


def test_a_killed_test_leaves_no_server() -> None:
    """SIGKILL to the one who started the server ends the server too, and removes its folder."""
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, folder = parent.stdout.readline().split()
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while (Path(folder).exists() or _lives(int(pid))) and time.monotonic() < until:
        time.sleep(0.05)

    assert not _lives(int(pid))
    assert not Path(folder).exists()


def _lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
