"""`/metrics` and `/healthz` over HTTP, served by the loop that does the work: who cannot answer is not well either.

Two GETs and nothing else; a request is read up to 8 KiB, answered once, and the connection closed. No thread reads
what a turn is changing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry

from rooms_cli.loops.standing import Running
from rooms_cli.metrics.exposition import CONTENT_TYPE_LATEST, registry_of, written
from rooms_cli.metrics.health import troubles
from rooms_cli.metrics.where import CannotServe, Where
from rooms_core.ports.clock import Clock

_HEAD_MOST: Final = 8 * 1_024
_WAIT_SECONDS: Final = 5
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}
_PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer."""

    status: int
    body: bytes
    kind: str = _PLAIN

    def over_http(self, *, head_only: bool) -> bytes:
        """As it goes over the wire."""
        head = (
            f"HTTP/1.1 {self.status} {_REASONS[self.status]}\r\ncontent-type: {self.kind}\r\n"
            f"content-length: {len(self.body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
        )
        return head.encode("latin-1") + (b"" if head_only else self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is asked for, and what is said to it."""

    running: Running
    registry: CollectorRegistry
    clock: Clock
    since_ms: int

    def answer(self, method: str, path: str) -> Answer:
        """The answer to one request."""
        if method not in ("GET", "HEAD"):
            return Answer(405, b"only GET\n")
        match path.partition("?")[0]:
            case "/metrics":
                return Answer(200, written(self.registry), CONTENT_TYPE_LATEST)
            case "/healthz":
                return self._health()
            case _:
                return Answer(404, b"/metrics or /healthz\n")

    def _health(self) -> Answer:
        found = troubles(self.running, since_ms=self.since_ms, now_ms=self.clock.now_ms())
        body = json.dumps({"ok": not found, "troubles": found}).encode() + b"\n"
        return Answer(503 if found else 200, body, "application/json")


@asynccontextmanager
async def serving(running: Running, clock: Clock, where: Where) -> AsyncIterator[int]:
    """Serve while the context lasts; answers the port that was taken. Raises `CannotServe`."""
    desk = Desk(running=running, registry=registry_of(running), clock=clock, since_ms=clock.now_ms())
    talks: set[asyncio.Task[object]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(_WAIT_SECONDS):
                    writer.write(await _one(reader, desk.answer))
                    await writer.drain()
        finally:
            talks.discard(task)
            writer.close()

    try:
        server = await asyncio.start_server(talk, where.host, where.port, limit=_HEAD_MOST)
    except OSError as error:
        raise CannotServe(error.strerror or type(error).__name__) from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()


async def _one(reader: asyncio.StreamReader, answer: Callable[[str, str], Answer]) -> bytes:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return Answer(400, b"no request\n").over_http(head_only=False)
    words = head.partition("\r\n")[0].split(" ")
    if len(words) != 3:
        return Answer(400, b"no request\n").over_http(head_only=False)
    return answer(words[0], words[1]).over_http(head_only=words[0] == "HEAD")
