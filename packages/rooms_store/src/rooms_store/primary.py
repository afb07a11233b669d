"""Connecting to whichever of several PostgreSQL servers is the primary, and never again to one that was replaced.

"Is not a standby" is not enough: a primary that was given up for dead, and comes back unfenced, says the same. Each
promotion begins a new timeline, so of two that call themselves primary the one on the higher timeline is meant, and
whoever has once seen timeline 7 writes nothing on timeline 6.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from weakref import WeakKeyDictionary

import asyncpg
import attrs

ASK_SECONDS: Final = 5
"""How long a server may take to say what it is. One that is silent longer is not asked."""
_WHAT: Final = """
SELECT CASE WHEN pg_is_in_recovery() THEN 0
       ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END
"""
_ALIVE: Final = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 25_000}
"""A machine that is gone without a word is noticed after 25 s, while a long statement may take as long as it does."""
_LASTING: Final = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
"""What waiting does not heal, if every server says so. A standby may lag behind a database that was just made."""

_DRIVER: Final = re.compile(r"^(\w+)\+\w+://")


class NoPrimary(ConnectionError):
    """None of the servers is a primary that may be written to; while a standby is promoted, time heals it."""


def plain(url: str) -> str:
    """A URL as PostgreSQL's own programs read it: without SQLAlchemy's name of a driver."""
    return _DRIVER.sub(r"\1://", url)


def each_server(url: str) -> list[str]:
    """A URL for each server that `postgresql://user:password@a:5432,b:5432/books?…` names, in its order.

    `target_session_attrs` is left out: whoever asks each server himself needs no promise of the driver's.
    """
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name != "target_session_attrs"
    ]
    return [
        parts._replace(netloc=f"{login}{at}{host}", query=urlencode(kept)).geturl()
        for host in hosts.split(",")
    ]


@attrs.define(eq=False)
class PrimaryFinder:
    """Makes connections to the primary among `servers`, a URL for each (see `each_server`).

    `arguments` go to the driver with each connection. A process keeps one finder per database, for what it remembers.
    """

    servers: Sequence[str] = attrs.field(repr=False)
    arguments: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    timeline: int = 0
    """The highest timeline seen so far; servers below it are refused."""
    _last: str | None = attrs.field(default=None, repr=False)
    _made: WeakKeyDictionary[asyncpg.Connection, int] = attrs.field(factory=WeakKeyDictionary, repr=False)
    """The timeline of each connection."""

    async def connect(self) -> asyncpg.Connection:
        """A new connection to the primary. Raises NoPrimary where there is none, or only one that was replaced.

        A wrong password or database that every server refuses is raised as it is: time does not heal it.
        """
        if self._last is not None:
            found = await self._ask(self._last)
            if not isinstance(found, Exception) and found[0] >= self.timeline:
                return self._taken(self._last, *found)
            await _let_go(found)
        answers = await asyncio.gather(*(self._ask(server) for server in self.servers))
        ranked = sorted(
            (
                (answer[0], -place)
                for place, answer in enumerate(answers)
                if not isinstance(answer, Exception)
            ),
            reverse=True,
        )
        best = -ranked[0][1] if ranked and ranked[0][0] and ranked[0][0] >= self.timeline else None
        for place, answer in enumerate(answers):
            if place != best:
                await _let_go(answer)
        chosen = None if best is None else answers[best]
        if best is None or chosen is None or isinstance(chosen, Exception):
            self._last = None
            if all(isinstance(answer, _LASTING) for answer in answers) and isinstance(answers[0], Exception):
                raise answers[0]
            said = "; ".join(self._said(*each) for each in zip(self.servers, answers, strict=True))
            raise NoPrimary(f"no server is a primary that may be written to: {said}")
        return self._taken(self.servers[best], *chosen)

    def outlived(self, connection: asyncpg.Connection) -> bool:
        """Whether a connection that was made before leads to a server that was replaced, as far as we have seen."""
        return self._made.get(connection, 0) < self.timeline

    def _taken(self, server: str, timeline: int, connection: asyncpg.Connection) -> asyncpg.Connection:
        self._last, self.timeline = server, max(self.timeline, timeline)
        self._made[connection] = timeline
        _keep_alive(connection)
        return connection

    def _said(self, server: str, answer: _Answer) -> str:
        if isinstance(answer, Exception):
            said = f"not there ({type(answer).__name__})"
        elif not answer[0]:
            said = "a standby"
        else:
            said = f"on timeline {answer[0]}, but {self.timeline} was seen: a zombie"
        return f"{urlsplit(server).netloc.rpartition('@')[2]} is {said}"

    async def _ask(self, server: str) -> _Answer:
        """The timeline that a server writes (0 for a standby) and a connection to it, or what was in the way."""
        connection = None
        try:
            async with asyncio.timeout(ASK_SECONDS):
                connection = await asyncpg.connect(server, **self.arguments)
                return int(await connection.fetchval(_WHAT)), connection
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if connection is not None:
                connection.terminate()
            return error


_Answer = tuple[int, asyncpg.Connection] | Exception


async def _let_go(answer: _Answer) -> None:
    """Close a connection that is not wanted, politely but without waiting long."""
    if not isinstance(answer, Exception):
        try:
            await answer[1].close(timeout=1)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            answer[1].terminate()


def _keep_alive(connection: asyncpg.Connection) -> None:
    """Have the system ask now and then whether the server's machine is still there, where it can."""
    transport = getattr(connection, "_transport", None)
    found = transport.get_extra_info("socket") if transport is not None else None
    if found is None or found.family not in (socket.AF_INET, socket.AF_INET6):
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _ALIVE.items():
        if hasattr(socket, name):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
