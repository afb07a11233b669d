"""A server that speaks as the feeds do, on loopback: for tests, drills and a development machine without a network.

It plays a market (recorded, generated or from a table) on the clock it is given, counts calls and weight for each
feed, and does on demand what feeds have done: see `faults`. One port serves all; a feed's address is its name.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from rooms_core.ports.clock import Clock
from rooms_oracle.heard import FeedSource
from rooms_oracle.listing import LISTINGS, Listing
from rooms_oracle.settings import FeedSettings
from rooms_oracle.testing.desk import Answer, Desk, Json, dump
from rooms_oracle.testing.faults import NO_FAULT, OFTEN, RETRY_AFTER_SECONDS, STATUSES, Fault
from rooms_oracle.testing.market import Market
from rooms_oracle.testing.shapes import ERRORS, SHAPES
from rooms_oracle.testing.stream_faults import StreamFault
from rooms_oracle.testing.stream_shapes import STREAM_SHAPES
from rooms_oracle.testing.stream_side import StreamSide

SWITCH: Final = "switch"
"""The path at which faults are switched by somebody outside of the process."""
_STREAM: Final = "stream/"
_MINUTE_MS: Final = 60_000
_REMEMBERED_MS: Final = 60 * _MINUTE_MS
_HUGE: Final = 8 * 2**20
_DRIP_SECONDS: Final = 0.05
_PACKED_FROM: Final = 1_024


class Sent:
    """What goes over the wire for one request, and how."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str], fault: Fault | None) -> None:
        self.status = status
        self.body = body
        self.headers = dict(headers)
        self.fault = fault


class FeedServer:
    """All feeds on one port. Faults may be switched at any time: for good (`faults`) or for one call (`once`).

    Three of them stream, too (`streams`). `lag_seconds`: so long it takes until a call is answered.
    """

    def __init__(
        self,
        source: FeedSource,
        clock: Clock,
        *,
        listings: Iterable[Listing] = LISTINGS,
        mints: Iterable[str] = (),
        port: int = 0,
        shift_ms: int = 0,
    ) -> None:
        self.market = Market(source, shift_ms)
        self._port = port
        self.faults: dict[str, Fault] = {}
        self.once: dict[str, list[Fault]] = {}
        self.calls: Counter[str] = Counter()
        self.weights: dict[str, deque[tuple[int, int]]] = {feed: deque() for feed in SHAPES}
        self.seen_headers: dict[str, Mapping[str, str]] = {}
        self.clock = clock
        self._symbols: dict[str, dict[str, tuple[str, str]]] = {feed: {} for feed in SHAPES}
        for listing in listings:
            for each in listing.listed:
                self._symbols.get(each.feed, {})[each.symbol] = (listing.name, each.quote)
        for mint in mints:
            for feed in ("dexscreener", "jupiter"):
                self._symbols.get(feed, {})[mint] = (f"pump:{mint}", "USD")
        self.streams = StreamSide(self.market, self._symbols, clock)
        self.lag_seconds = 0.0
        self._frozen_ms: dict[str, int] = {}
        self._minutes: dict[str, tuple[int, int]] = {}
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[object]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    def address(self, feed: str) -> str:
        """Where a feed is."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/{feed}"

    def settings(self, feeds: Mapping[str, FeedSettings]) -> dict[str, FeedSettings]:
        """The same settings with the feeds at this server, asked without their offsets."""
        return {
            name: each.model_copy(
                update={
                    "base_url": self.address(name),
                    "offset_ms": 0,
                    "stream_url": self.address(name).replace("http", "ws") if name in STREAM_SHAPES else "",
                }
            )
            for name, each in feeds.items()
            if name in SHAPES
        }

    def weight_within(self, feed: str, span_ms: int) -> int:
        """The most weight a feed was asked for within any span of the last hour."""
        most, inside, log = 0, 0, list(self.weights[feed])
        start = 0
        for at_ms, weight in log:
            inside += weight
            while log[start][0] <= at_ms - span_ms:
                inside -= log[start][1]
                start += 1
            most = max(most, inside)
        return most

    async def answer(self, target: str, headers: Mapping[str, str]) -> Sent:
        """The answer to one GET, faults included."""
        parts = urlsplit(target)
        _, feed, path = (unquote(parts.path) + "/").split("/", 2)
        if feed == SWITCH:
            return self._switch(path.strip("/"))
        if feed not in SHAPES:
            return Sent(404, b"", {}, None)
        self.seen_headers[feed] = headers
        fault = self._fault(feed)
        desk = Desk(
            feed=feed,
            path="/" + path.rstrip("/"),
            params=parse_qsl(parts.query),
            now_ms=self.clock.now_ms(),
            market=self.market,
            symbols=self._symbols[feed],
            fault=fault,
            frozen_ms=self._frozen_ms.get(feed, 0),
        )
        said = await SHAPES[feed](desk)
        used = self._count(feed, said.weight, desk.now_ms)
        own = {"x-mbx-used-weight-1m": str(used)} if feed == "binance" else {}
        return _spoiled(said, own, fault, feed)

    def _switch(self, path: str) -> Sent:
        """`okx/TIMEOUT` switches a fault on, `okx/NONE` off; the answer tells all faults and counts.

        `okx/stream/SILENT` and `okx/stream/NONE` do so with its stream.
        """
        feed, _, fault = path.partition("/")
        streamed = feed in STREAM_SHAPES and fault.startswith(_STREAM)
        if streamed and not self.streams.switch(feed, fault.removeprefix(_STREAM)):
            return _no_switch()
        if streamed:
            pass
        elif feed in SHAPES and fault in Fault.__members__:
            self.faults[feed] = Fault[fault]
        elif feed in SHAPES and fault == NO_FAULT:
            self.faults.pop(feed, None)
        elif path:
            return _no_switch()
        told: Json = {
            each: {
                "fault": self.faults[each].name if each in self.faults else NO_FAULT,
                "calls": self.calls[each],
            }
            for each in SHAPES
        }
        return Sent(200, dump(told).encode(), {"content-type": "application/json"}, None)

    def _fault(self, feed: str) -> Fault | None:
        waiting = self.once.get(feed)
        fault = waiting.pop(0) if waiting else self.faults.get(feed)
        if fault is Fault.FROZEN:
            self._frozen_ms.setdefault(feed, self.clock.now_ms())
        else:
            self._frozen_ms.pop(feed, None)
        return fault

    def _count(self, feed: str, weight: int, now_ms: int) -> int:
        """Count a call; what its feed was asked for in this minute. What is older than an hour is forgotten."""
        self.calls[feed] += 1
        log = self.weights[feed]
        log.append((now_ms, weight))
        while log[0][0] < now_ms - _REMEMBERED_MS:
            log.popleft()
        minute_ms, used = self._minutes.get(feed, (0, 0))
        if now_ms - minute_ms >= _MINUTE_MS:
            minute_ms, used = now_ms - now_ms % _MINUTE_MS, 0
        self._minutes[feed] = (minute_ms, used + weight)
        return used + weight

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._talks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _, value in [line.partition(": ") for line in head[1:] if line]
        }
        target = head[0].split(" ")[1]
        if headers.get("upgrade") == "websocket":
            await self.streams.talk(target, headers, reader, writer)
            return False
        await asyncio.sleep(self.lag_seconds)
        sent = await self.answer(target, headers)
        if sent.fault is Fault.TIMEOUT:
            await reader.read()
        if sent.fault in (Fault.TIMEOUT, Fault.HANG_UP):
            return False
        body = sent.body
        if len(body) > _PACKED_FROM and sent.fault is None and "gzip" in headers.get("accept-encoding", ""):
            body, sent.headers["content-encoding"] = gzip.compress(body, 1), "gzip"
        lines = [
            f"HTTP/1.1 {sent.status} Said",
            f"content-length: {_HUGE if sent.fault is Fault.DRIP else len(body)}",
        ]
        lines += [f"{name}: {value}" for name, value in sent.headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        while sent.fault is Fault.DRIP:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(_DRIP_SECONDS)
        writer.write(body[: len(body) // 2] if sent.fault is Fault.CUT else body)
        await writer.drain()
        return sent.fault is not Fault.CUT


def _no_switch() -> Sent:
    """To whoever mistyped one, what there is."""
    text = (
        f"no such switch: /{SWITCH}/FEED/FAULT, or /{SWITCH}/FEED/{_STREAM}FAULT for a stream\n"
        f"feeds: {' '.join(SHAPES)}\nwith a stream: {' '.join(STREAM_SHAPES)}\n"
        f"faults: {NO_FAULT} {' '.join(Fault.__members__)}\n"
        f"of streams also: {' '.join(StreamFault.__members__)}\n"
    )
    return Sent(404, text.encode(), {"content-type": "text/plain"}, None)


def _spoiled(said: Answer, headers: Mapping[str, str], fault: Fault | None, feed: str) -> Sent:
    """The answer as the fault leaves it."""
    status, own, body = (
        said.status,
        {"content-type": "application/json", **headers, **said.headers},
        dump(said.body),
    )
    match fault:
        case Fault.THROTTLED | Fault.BANNED:
            own["retry-after"] = str(RETRY_AFTER_SECONDS)
            status, body = OFTEN[fault], "{}"
        case Fault.UNAUTHORIZED | Fault.FORBIDDEN | Fault.NOT_HERE | Fault.BUSY | Fault.REDIRECT:
            own["location"] = "http://127.0.0.1:9/"
            status, body = STATUSES[fault], "{}"
        case Fault.HTML:
            body, own["content-type"] = "<!doctype html><title>Just a moment…</title>", "text/html"
        case Fault.EMPTY:
            body = ""
        case Fault.HUGE:
            body = "[" + " " * _HUGE + "]"
        case Fault.ERROR_200:
            status, body = 200, dump(ERRORS[feed])
        case Fault.BOMB:
            own["content-encoding"] = "gzip"
            return Sent(status, gzip.compress(b"[" + b" " * _HUGE, 9), own, fault)
        case _:
            pass
    return Sent(status, body.encode(), own, fault)
