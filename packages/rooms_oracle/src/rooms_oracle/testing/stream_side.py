"""The streams of the feed server: conversations over WebSockets about the market that its calls tell of.

Every `push_seconds` each subscribed price is sent. Pings are sent as Binance does, and who does not answer is cut
off. What clients send is counted, so that a test can hold it against the vendor's limits.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Coroutine, Mapping
from typing import Final

from rooms_core.ports.clock import Clock
from rooms_oracle.testing.desk import Desk
from rooms_oracle.testing.faults import CLOCKS, NO_FAULT, RETRY_AFTER_SECONDS, Fault
from rooms_oracle.testing.frames import CLOSE, GARBAGE, PING, PONG, TEXT, accepted, frame, read_frame, text
from rooms_oracle.testing.market import Market
from rooms_oracle.testing.stream_faults import HEALTHY_SECONDS, REFUSALS, StreamFault
from rooms_oracle.testing.stream_shapes import STREAM_SHAPES, StreamShape

PUSH_SECONDS: Final = 0.05
PING_SECONDS: Final = 20.0
PONG_SECONDS: Final = 60.0
UNSUBSCRIBED_SECONDS: Final = 5.0
_HUGE: Final = 2**20
_MINUTE_MS: Final = 60_000


class StreamSide:
    """All streams of a server. Faults may be switched at any time, also on connections that stand.

    `flood`: so many times each message is sent. `lag_seconds`: so long it is under way.
    """

    def __init__(
        self, market: Market, symbols: Mapping[str, Mapping[str, tuple[str, str]]], clock: Clock
    ) -> None:
        self._market = market
        self._symbols = symbols
        self._clock = clock
        self._order = 0
        self.faults: dict[str, Fault | StreamFault] = {}
        self.push_seconds = PUSH_SECONDS
        self.ping_seconds = PING_SECONDS
        self.pong_seconds = PONG_SECONDS
        self.flood = 0
        self.lag_seconds = 0.0
        self.opened: Counter[str] = Counter()
        self.standing: Counter[str] = Counter()
        self.pongs: Counter[str] = Counter()
        self.heard: defaultdict[str, list[str]] = defaultdict(list)

    def switch(self, feed: str, fault: str) -> bool:
        """Switch a fault on by its name, or off with NONE; False: there is none of this name."""
        if fault == NO_FAULT:
            self.faults.pop(feed, None)
        elif fault in StreamFault.__members__:
            self.faults[feed] = StreamFault[fault]
        elif fault in Fault.__members__:
            self.faults[feed] = Fault[fault]
        else:
            return False
        return True

    async def talk(
        self,
        target: str,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """One connection, from its handshake to its end."""
        feed = target.split("/")[1]
        self.opened[feed] += 1
        fault = self.faults.get(feed)
        if fault is StreamFault.NO_ANSWER:
            await reader.read()
            return
        if fault is StreamFault.HANG_UP or feed not in STREAM_SHAPES:
            return
        if isinstance(fault, StreamFault) and fault in REFUSALS:
            head = f"HTTP/1.1 {REFUSALS[fault]} Said\r\nretry-after: {RETRY_AFTER_SECONDS}\r\n"
            writer.write((head + "location: ws://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n").encode())
            await writer.drain()
            return
        hand = "HTTP/1.1 101 Said\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        key = accepted(headers["sec-websocket-key"])
        writer.write(f"{hand}sec-websocket-accept: {key}\r\n\r\n".encode())
        shape = STREAM_SHAPES[feed](self._symbols[feed])
        self.standing[feed] += 1
        try:
            await _until_one_ends(
                self._listen(feed, shape, reader, writer),
                self._push(feed, shape, writer),
                self._ping(feed, writer),
            )
        finally:
            self.standing[feed] -= 1

    async def _listen(
        self, feed: str, shape: StreamShape, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            code, body = await read_frame(reader)
            if self.faults.get(feed) is StreamFault.SILENT:
                continue
            if code == CLOSE:
                writer.write(frame(CLOSE, body))
                return
            if code == PONG:
                self.pongs[feed] += 1
            elif code == TEXT:
                self.heard[feed].append(body.decode())
                for said in shape.hear(body.decode()):
                    writer.write(text(said))
            await writer.drain()

    async def _ping(self, feed: str, writer: asyncio.StreamWriter) -> None:
        """Cut off who does not answer."""
        while True:
            await asyncio.sleep(self.ping_seconds)
            if self.faults.get(feed) is StreamFault.SILENT:
                continue
            before = self.pongs[feed]
            writer.write(frame(PING, b"1730419200123"))
            await writer.drain()
            await asyncio.sleep(self.pong_seconds)
            if self.pongs[feed] == before:
                return

    async def _push(self, feed: str, shape: StreamShape, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        begun = beaten = loop.time()
        spoiled: tuple[Fault | StreamFault | None, float] = (None, begun)
        first: dict[str, str] = {}
        last: dict[str, str] = {}
        while True:
            await asyncio.sleep(self.push_seconds)
            fault, now = self.faults.get(feed), loop.time()
            if not shape.subscribed and now - begun > UNSUBSCRIBED_SECONDS:
                return
            if fault is StreamFault.SILENT:
                continue
            if 0 < shape.beat_seconds <= now - beaten:
                beaten = now
                for said in shape.beat(self._clock.now_ms()):
                    writer.write(text(said))
            for symbol in list(shape.subscribed):
                if fault is StreamFault.REPEATING and symbol in last:
                    writer.write(text(last[symbol]))
                    continue
                made = await self._message(feed, shape, symbol, fault)
                if made is not None:
                    last[symbol] = made
                    first.setdefault(symbol, made)
                    await self._send(writer, made)
            if spoiled[0] is not fault:
                spoiled = (fault, begun if fault is StreamFault.DISCONNECTS else now)
            if isinstance(fault, StreamFault) and not self._spoil(
                shape, writer, fault, now - spoiled[1], first
            ):
                return
            await writer.drain()

    async def _send(self, writer: asyncio.StreamWriter, said: str) -> None:
        """Send a message, as much later as the line is long; when flooding, many times."""
        sent = text(said) * max(1, self.flood)
        if self.lag_seconds:
            asyncio.get_running_loop().call_later(self.lag_seconds, _write, writer, sent)
        else:
            writer.write(sent)

    async def _message(
        self, feed: str, shape: StreamShape, symbol: str, fault: Fault | StreamFault | None
    ) -> str | None:
        """The next message of a symbol; None where it has none."""
        now_ms = self._clock.now_ms()
        shown_as = symbol
        if fault is StreamFault.WRONG_SYMBOL:
            shown_as = next((other for other in self._symbols[feed] if other != symbol), symbol)
        own = fault if isinstance(fault, Fault) else None
        desk = Desk(
            feed=feed,
            path="",
            params=[],
            now_ms=now_ms,
            market=self._market,
            symbols=self._symbols[feed],
            fault=own,
            frozen_ms=now_ms - now_ms % _MINUTE_MS,
        )
        shown = await desk.show(shown_as)
        if shown is None:
            return None
        self._order += 1
        ts_ms = now_ms + (CLOCKS.get(own, 0) if own is not None else 0)
        return shape.price(symbol, shown, self._order, ts_ms)

    def _spoil(
        self,
        shape: StreamShape,
        writer: asyncio.StreamWriter,
        fault: StreamFault,
        for_seconds: float,
        first: Mapping[str, str],
    ) -> bool:
        """What the fault adds to a push; False: and then the connection is closed."""
        match fault:
            case StreamFault.CUT:
                writer.write(text("x" * 100)[:50])
                return False
            case StreamFault.GARBAGE:
                writer.write(GARBAGE)
            case StreamFault.NO_JSON:
                writer.write(text("<!doctype html>"))
            case StreamFault.UNKNOWN:
                writer.write(text('{"type":"news","data":[1,2]}'))
            case StreamFault.HUGE:
                writer.write(text(" " * _HUGE))
            case StreamFault.DISCONNECTS:
                return for_seconds < HEALTHY_SECONDS
            case StreamFault.LEAVING:
                writer.write(text(shape.leaving()))
                return for_seconds < 4 * HEALTHY_SECONDS
            case StreamFault.OUT_OF_ORDER:
                for said in first.values():
                    writer.write(text(said))
            case _:
                pass
        return True


def _write(writer: asyncio.StreamWriter, sent: bytes) -> None:
    if not writer.is_closing():
        writer.write(sent)


async def _until_one_ends(*parts: Coroutine[object, object, None]) -> None:
    """Run the parts of a conversation beside one another; the first that ends, ends it."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
