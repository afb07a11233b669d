"""One connection of a stream, from its handshake to its end: subscribes within limits, asks, and notices silence.

A connection on which nothing arrives is given up: half-open ones look like quiet ones for as long as one likes. What
it carries may change while it runs; what the vendor refuses by name is not asked for again on it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from rooms_core.ports.clock import Clock
from rooms_core.ports.tasks import Tasks
from rooms_core.result import Err, Ok
from rooms_oracle.failures import FeedFailure, Timeout, Unreachable
from rooms_oracle.limiter import TokenBucket
from rooms_oracle.streams.inbox import Inbox, Streamed
from rooms_oracle.streams.line import Dial, Socket
from rooms_oracle.streams.vendor import Refused, Sign, StreamVendor, batches
from rooms_oracle.transport import Pace

STEP_MS: Final = 200
SEND_MS: Final = 1_000
REFUSED: Final = "REFUSED"
_log: Final = logging.getLogger(__name__)


class StreamConnection:
    """A connection. `ended` is why it is over; None while it is not. `leaving`: the vendor said it soon will be."""

    def __init__(
        self,
        vendor: StreamVendor,
        symbols: Iterable[str],
        *,
        silence_ms: int,
        clock: Clock,
        pace: Pace,
        timer: Clock,
        tasks: Tasks,
    ) -> None:
        self.inbox = Inbox(vendor, clock.now_ms())
        self.begun_ms = timer.now_ms()
        self.open = False
        self.leaving = False
        self.ended: FeedFailure | None = None
        self.symbols: frozenset[str] = frozenset()
        self._vendor = vendor
        self._silence_ms = silence_ms
        self._clock = clock
        self._pace = pace
        self._timer = timer
        self._tasks = tasks
        self._sends = TokenBucket(vendor.sends, self.begun_ms)
        self._subscribed: set[str] = set()
        self._refused: set[str] = set()
        self._numbers = 0
        self._asked_ms = self.begun_ms
        self._socket: Socket | None = None
        self._keeping = False
        self.carry(symbols)

    def carry(self, symbols: Iterable[str]) -> None:
        """Bring these symbols from now on, and no others."""
        self.symbols = frozenset(symbols)
        self.inbox.want(self.symbols)

    def newest(self, symbol: str) -> Streamed | str:
        """The newest price of a symbol it carries, or why there is none."""
        return REFUSED if symbol in self._refused else self.inbox.newest(symbol)

    async def run(self, dial: Dial) -> None:
        """Open it, and read until it ends. Never raises."""
        match await dial():
            case Err(why):
                self._end(why)
            case Ok(socket):
                self._socket, self.open = socket, self.ended is None
                if self.open:
                    self._keeping = True
                    self._tasks.spawn(self._keep(socket), self._kept)
                    await self._read(socket)
                await socket.close()
        while self._keeping:
            await self._pace.until(self._clock.now_ms() + STEP_MS)

    async def close(self) -> None:
        """End it; no failure of anybody's."""
        self._end(Unreachable("closed by us"))
        if self._socket is not None:
            await self._socket.close()

    async def _read(self, socket: Socket) -> None:
        while self.ended is None:
            match await socket.receive():
                case Err(why):
                    self._end(why)
                case Ok(text):
                    about = self.inbox.take(text, self._clock.now_ms())
                    if isinstance(about, Refused):
                        self._refuse(about)
                    elif about is Sign.LEAVING:
                        self.leaving = True

    async def _keep(self, socket: Socket) -> None:
        """Beside the reading: send what is to be sent, and see whether anything still arrives."""
        seen, seen_ms = 0, self._timer.now_ms()
        while self.ended is None:
            now_ms = self._timer.now_ms()
            if self.inbox.messages != seen:
                seen, seen_ms = self.inbox.messages, now_ms
            failed = Timeout() if now_ms - seen_ms >= self._silence_ms else await self._send(socket, now_ms)
            if failed is not None:
                self._end(failed)
                await socket.close()
                return
            await self._pace.until(self._clock.now_ms() + STEP_MS)

    async def _send(self, socket: Socket, now_ms: int) -> FeedFailure | None:
        for text in self._texts(now_ms):
            failed = await socket.send(text, within_ms=SEND_MS)
            if failed is not None:
                return failed
        return None

    def _texts(self, now_ms: int) -> Iterator[str]:
        """What is to be sent now: changes as far as the limit goes, and the question, which waits for none of them."""
        for gone in batches(self._subscribed - self.symbols, self._vendor.batch):
            if self._sends.take(1, now_ms):
                self._subscribed.difference_update(gone)
                yield self._vendor.unsubscribe(gone, self._number())
        for new in batches(self.symbols - self._subscribed - self._refused, self._vendor.batch):
            if self._sends.take(1, now_ms):
                self._subscribed.update(new)
                yield self._vendor.subscribe(new, self._number())
        if 0 < self._vendor.question_ms <= now_ms - self._asked_ms:
            self._asked_ms, number = now_ms, self._number()
            self.inbox.asked(number, self._clock.now_ms())
            yield self._vendor.question(number)

    def _refuse(self, refused: Refused) -> None:
        """Symbols that are named are asked for no more; whatever stood beside them and is silent, once again."""
        named = {symbol for symbol in self._subscribed if _names(refused.text, symbol)}
        self.inbox.odd[REFUSED] += 1
        _log.warning("%s refuses on its stream: %r", self._vendor.name, refused.why)
        if named:
            self._refused |= named
            self._subscribed = {each for each in self._subscribed if self.inbox.heard(each)}

    def _kept(self) -> None:
        self._keeping = False

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _end(self, why: FeedFailure) -> None:
        if self.ended is None:
            self.ended, self.open = why, False


def _names(text: str, symbol: str) -> bool:
    """Whether a sentence speaks of a symbol, and not of a longer one."""
    rest = text
    while symbol in rest:
        before, _, rest = rest.partition(symbol)
        edges = before[-1:] + rest[:1]
        if not any(letter.isalnum() or letter == "-" for letter in edges):
            return True
    return False


def uncarried(wanted: Collection[str], connections: Iterable[StreamConnection]) -> set[str]:
    """What no connection carries."""
    return set(wanted).difference(*[each.symbols for each in connections])
