"""PostgreSQL servers that replicate: a primary and its standbys, a death, a promotion, and a zombie that comes back.

    with ReplicatedServers(standbys=1, synchronous=True) as servers:
        servers.primary.kill9()
        servers.promote()

A synchronous primary answers COMMIT only when one standby has flushed it. The standby that has received most is the
one to promote: whatever was acknowledged, it has.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from rooms_store.testing.binaries import NoServer, given_to_server, run
from rooms_store.testing.postgres import PostgresServer
from rooms_store.testing.server_process import HOST, USER

WAIT_SECONDS: Final = 90
"""How long a standby may take to follow, and a promotion to be done."""
_SETTINGS: Final = {
    "wal_level": "replica",
    "max_wal_senders": "10",
    "hot_standby": "on",
    "synchronous_commit": "on",
}


class ReplicatedServers:
    """A primary with named standbys ("node_1", …); `primary` is whoever leads now."""

    def __init__(self, *, standbys: int = 1, synchronous: bool = True, durable: bool = True) -> None:
        """`synchronous`: every commit waits for one standby; otherwise it waits for none and may be lost."""
        self.synchronous = synchronous
        self.nodes = [PostgresServer(settings=_SETTINGS, durable=durable) for _ in range(1 + standbys)]
        for node in self.nodes:
            node.settings["synchronous_commit"] = "on"
            node.password = self.nodes[0].password  # roles are replicated, and with them their passwords
        self.primary = self.nodes[0]

    def name(self, node: PostgresServer) -> str:
        """What a server is called in `synchronous_standby_names`."""
        return f"node_{self.nodes.index(node)}"

    @property
    def standbys(self) -> list[PostgresServer]:
        """The servers that run and follow."""
        return [node for node in self.nodes if node is not self.primary and node.running]

    def place(self, database: str = "postgres") -> str:
        """The DSN that names every server and asks for the primary."""
        hosts = ",".join(f"{HOST}:{node.port}" for node in self.nodes)
        return f"postgresql://{USER}:{self.primary.password}@{hosts}/{database}?target_session_attrs=primary"

    def start(self) -> None:
        """Start the primary, copy it to each standby, and wait until they follow."""
        self.primary.start()
        for node in self.nodes:
            if node is not self.primary:
                self.rejoin(node)

    def rejoin(self, node: PostgresServer) -> None:
        """Make a server, empty or of another history, a fresh standby of the primary."""
        node.stop("immediate")
        shutil.rmtree(node.data, ignore_errors=True)
        run(
            node.programs / "pg_basebackup",
            *("-D", str(node.data), "-d", self._conninfo(node), "-X", "stream", "-c", "fast", "--no-sync"),
        )
        self._follow(node)
        node.start()
        self._wait_for_standbys()

    def fence(self, node: PostgresServer) -> None:
        """See to it that a stopped server can only come back as a standby of the primary, never as a primary."""
        if node.running:
            raise RuntimeError(f"{self.name(node)} still runs: kill it before it is fenced")
        self._follow(node)

    def _follow(self, node: PostgresServer) -> None:
        given_to_server(_touched(node))
        node.configure(primary_conninfo=self._conninfo(node), synchronous_standby_names="")

    def _conninfo(self, node: PostgresServer) -> str:
        words = {"host": HOST, "port": self.primary.port, "user": USER, "password": self.primary.password}
        return " ".join(
            f"{key}={value}" for key, value in (words | {"application_name": self.name(node)}).items()
        )

    def _wait_for_standbys(self) -> None:
        """Until every running standby streams, and then makes the primary wait for them if that is wanted."""
        names = ", ".join(self.name(node) for node in self.standbys)
        wanted = f"ANY 1 ({names})" if self.synchronous and names else ""
        self.primary.configure(synchronous_standby_names=wanted)
        states = "('quorum')" if wanted else "('quorum', 'async')"
        asked = (
            f"SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN {states}"  # noqa: S608
        )
        _until(lambda: int(self.primary.sql(asked)) >= len(self.standbys), "the standbys do not follow")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nothing reaches the standbys: what sends to them stands still (and dies so if the primary is killed)."""
        senders = [int(pid) for pid in self.primary.sql("SELECT pid FROM pg_stat_replication").split()]
        for pid in senders:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in senders:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def promote(self) -> PostgresServer:
        """Make the standby that has received most the primary; the others follow it.

        The old primary must be gone: two primaries are what a promotion must never make.
        """
        if self.primary.running:
            raise RuntimeError("the old primary still runs: kill it before another is promoted")
        if not self.standbys:
            raise NoServer("no standby to promote")
        self.primary = max(self.standbys, key=_received)
        self.primary.sql("SELECT pg_promote(true, 90)")
        self.primary.configure(primary_conninfo="")
        for node in self.standbys:
            node.configure(primary_conninfo=self._conninfo(node))
        self._wait_for_standbys()
        return self.primary

    def close(self) -> None:
        """Stop and remove all of them."""
        for node in self.nodes:
            node.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _touched(node: PostgresServer) -> Path:
    path = node.data / "standby.signal"
    path.touch()
    return path


def _received(node: PostgresServer) -> int:
    """The bytes of log a standby has on its disk."""
    return int(node.sql("SELECT pg_wal_lsn_diff(coalesce(pg_last_wal_receive_lsn(), '0/0'), '0/0')"))


def _until(holds: Callable[[], bool], complaint: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise NoServer(complaint)
        time.sleep(0.02)
