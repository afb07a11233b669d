"""A network that fails on demand: a TCP proxy on the loopback between a client and PostgreSQL.

It can be slow, drip, fall silent with its connections open, reset them, and cut them at the two moments that matter:
before COMMIT reaches the server, and when the server's "COMMIT" has come but the client has not seen it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Self

import attrs

from rooms_store.testing.wire import Messages, asks_for_encryption, commits, committed, wants_answer


def _never() -> bool:
    return False


async def _unheard() -> None:
    """Nobody listens."""


@attrs.define
class Faults:
    """What the network does to what passes; may be changed at any time."""

    latency_seconds: float = 0
    """How long each message is kept, in each direction."""
    drip_bytes: int = 0
    """The largest piece that is passed on at once; 0 for no limit."""
    silent: bool = False
    """Half-open: connections stand, and nothing passes."""
    refuse: bool = False
    """New connections are reset."""
    cut_before_commit: Callable[[], bool] = _never
    """Asked at each COMMIT of a client: whether the connection breaks before the server sees it."""
    cut_after_commit: Callable[[], bool] = _never
    """Asked at each COMMIT that a server has answered: whether the connection breaks before the client hears it."""
    before_request: Callable[[], Awaitable[None]] = _unheard
    """Awaited before each request of a client that a server must answer: there something may happen to the server."""


class _Cut(Exception):
    """The connection ends here."""


@attrs.define(eq=False)
class _Line:
    """One client's connection: its four ends, and where the messages in it begin."""

    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    asked: Messages = attrs.field(factory=Messages)
    answered: Messages = attrs.field(factory=Messages)

    def reset(self) -> None:
        """Both ends see a broken connection, not an orderly end."""
        for _, writer in (self.client, self.server):
            writer.transport.abort()


class Proxy:
    """Listens on a port of its own in front of a server."""

    def __init__(self, host: str, port: int) -> None:
        self.faults = Faults()
        self.port = 0
        self.cut_before = 0
        """How many connections broke before a COMMIT."""
        self.cut_after = 0
        """How many COMMITs were done whose answer was lost."""
        self._target = (host, port)
        self._lines: set[_Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._server is not None:
            self._server.close()
        self.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def to(self, host: str, port: int) -> None:
        """New connections go to another server."""
        self._target = (host, port)

    def reset(self) -> None:
        """Break every connection."""
        for line in list(self._lines):
            line.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            if self.faults.refuse:
                raise _Cut
            line = _Line((reader, writer), await asyncio.open_connection(*self._target))
        except (OSError, _Cut):
            writer.transport.abort()
            return
        line.asked.untyped = True
        self._lines.add(line)
        try:
            ways = [asyncio.ensure_future(self._ask(line)), asyncio.ensure_future(self._answer(line))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            line.reset()
            self._lines.discard(line)

    async def _ask(self, line: _Line) -> None:
        """From the client to the server, until one of them hangs up."""
        with contextlib.suppress(OSError, _Cut):
            while data := await line.client[0].read(65_536):
                for message in line.asked.feed(data):
                    if commits(message) and self.faults.cut_before_commit():
                        self.cut_before += 1
                        raise _Cut
                    if wants_answer(message):
                        await self.faults.before_request()
                    if asks_for_encryption(message):
                        line.answered.letters += 1
                    await self._pass(message, line.server[1])

    async def _answer(self, line: _Line) -> None:
        """From the server to the client, until one of them hangs up."""
        with contextlib.suppress(OSError, _Cut):
            while data := await line.server[0].read(65_536):
                for message in line.answered.feed(data):
                    if committed(message) and self.faults.cut_after_commit():
                        self.cut_after += 1
                        raise _Cut
                    await self._pass(message, line.client[1])

    async def _pass(self, message: bytes, writer: asyncio.StreamWriter) -> None:
        if self.faults.latency_seconds:
            await asyncio.sleep(self.faults.latency_seconds)
        size = self.faults.drip_bytes or len(message)
        for start in range(0, len(message), size):
            while self.faults.silent:  # noqa: ASYNC110 - a plain flag, like the other faults
                await asyncio.sleep(0.01)
            writer.write(message[start : start + size])
            await writer.drain()
            if self.faults.drip_bytes:
                await asyncio.sleep(0)
