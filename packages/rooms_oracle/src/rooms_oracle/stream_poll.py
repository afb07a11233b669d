"""A feed with a stream on one tick: what was sent is taken, what was not, is old or is doubted is asked for.

Stream and calls are two ways to one source: the same name, family and weight, and one observation. A streamed price is
there when the tick begins, so nobody waits for it. What the stream lacks costs a call, and never the tick.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from rooms_core.ports.clock import Clock
from rooms_core.ports.rng import Rng
from rooms_core.ports.tasks import Tasks
from rooms_oracle.heard import TICK_CLOSES_MS
from rooms_oracle.pace import MachineTimer
from rooms_oracle.poll import Answered, FeedPoll, Outcome
from rooms_oracle.settings import FeedSettings
from rooms_oracle.stats import FeedStanding, StreamStanding
from rooms_oracle.stream_feed import StreamFeed
from rooms_oracle.streams import STREAMS
from rooms_oracle.streams.trust import Trust
from rooms_oracle.transport import Pace
from rooms_oracle.websocket import dialling

AHEAD_MS: Final = 2_000
"""A message that tells a time so far after its arrival is doubted."""
COMPARED_MOST: Final = 10
"""Where each symbol costs a call, no more than so many are compared in one tick; the others wait, and are taken."""
OLD: Final = "OLD"
AHEAD: Final = "AHEAD"
LATE: Final = "LATE"
COMPARED: Final = "COMPARED"
DIFFERS: Final = "DIFFERS"
_log: Final = logging.getLogger(__name__)


class StreamPoll:
    """The poller of one feed that has a stream, too. It is asked as a `FeedPoll` is."""

    def __init__(self, poll: FeedPoll, stream: StreamFeed, *, clock: Clock, pace: Pace) -> None:
        self.client = poll.client
        self._poll = poll
        self._stream = stream
        self._clock = clock
        self._pace = pace
        self._flight = asyncio.Lock()
        self._trust = Trust()
        self._tick_ms = -1
        self._outcomes: dict[str, Outcome] = {}
        self._taken = 0
        self._received_ms: int | None = None
        self._polled: Counter[str] = Counter()

    async def hear(
        self, symbols: Sequence[str], tick_ms: int, slot: int | None = None
    ) -> Mapping[str, Outcome]:
        """What the feed says of these symbols on a tick. Never raises; comes back before the tick has closed."""
        self._stream.want(symbols)
        await self._pace.until(tick_ms)
        async with self._flight:
            if tick_ms != self._tick_ms:
                self._tick_ms, self._outcomes = tick_ms, {}
            lacking = [symbol for symbol in symbols if symbol not in self._outcomes]
            doubted = self._take(lacking, self._clock.now_ms(), tick_ms)
            asked = [symbol for symbol in lacking if symbol not in self._outcomes]
            if asked:
                polled = await self._poll.hear(asked, tick_ms, slot)
                for symbol in asked:
                    self._outcomes[symbol] = self._settled(symbol, doubted.get(symbol), polled[symbol])
            return {symbol: self._outcomes[symbol] for symbol in symbols}

    def standing(self) -> StreamStanding:
        """How the stream stands, and how much of it was used."""
        return replace(self._stream.standing(), taken=self._taken, polled=dict(self._polled))

    def as_feed(self) -> FeedStanding:
        """How the feed stands: what was taken from its stream is a success, too."""
        polled, taken_ms = self.client.standing(), self._received_ms
        if taken_ms is None or (polled.last_success_ms or 0) >= taken_ms:
            return polled
        return replace(polled, last_success_ms=taken_ms, age_ms=max(0, self._clock.now_ms() - taken_ms))

    async def close(self) -> None:
        """Close the stream; the calls' connections are the client's."""
        await self._stream.close()

    def _take(self, symbols: Sequence[str], now_ms: int, tick_ms: int) -> dict[str, Answered]:
        """Take what the stream has; what is there and has to be compared first comes back."""
        doubted: dict[str, Answered] = {}
        most = max(COMPARED_MOST, self.client.vendor.batch)
        for symbol in symbols:
            said = self._said(symbol, now_ms, tick_ms)
            if isinstance(said, str):
                self._polled[said] += 1
            elif self._trust.differs(symbol):
                self._polled[DIFFERS] += 1
                doubted[symbol] = said
            elif len(doubted) < most and self._trust.due(symbol, said.priced.price, now_ms):
                self._polled[COMPARED] += 1
                doubted[symbol] = said
            else:
                self._taken += 1
                self._received_ms = max(said.received_ms, self._received_ms or 0)
                self._outcomes[symbol] = said
        return doubted

    def _said(self, symbol: str, now_ms: int, tick_ms: int) -> Answered | str:
        """What the stream said last, if that can enter this tick."""
        said = self._stream.newest(symbol)
        if isinstance(said, str):
            return said
        if said.received_ms > tick_ms + TICK_CLOSES_MS:
            return LATE
        own_ms = said.priced.ts_ms
        if own_ms is not None and own_ms > said.received_ms + AHEAD_MS:
            return AHEAD
        since_ms = min(said.received_ms, said.asked_ms if own_ms is None else own_ms)
        return OLD if now_ms - since_ms > self.client.settings.stream_age_ms else Answered(*said)

    def _settled(self, symbol: str, streamed: Answered | None, polled: Outcome) -> Outcome:
        """The polled price where there is one; a doubted one only where nothing contradicts it."""
        if streamed is None:
            return polled
        if isinstance(polled, str):
            return polled if self._trust.differs(symbol) else streamed
        differed = self._trust.differs(symbol)
        price, now_ms = streamed.priced.price, self._clock.now_ms()
        if not self._trust.compared(symbol, price, polled.priced.price, now_ms) and not differed:
            _log.warning("the stream of %s is not what is polled: %s", self.client.vendor.name, symbol)
        return polled


def with_stream(
    poll: FeedPoll, streams: Mapping[str, StreamFeed], *, clock: Clock, pace: Pace
) -> FeedPoll | StreamPoll:
    """The poller of a feed, with its stream if there is one."""
    stream = streams.get(poll.client.vendor.name)
    return poll if stream is None else StreamPoll(poll, stream, clock=clock, pace=pace)


def open_streams(
    settings: Mapping[str, FeedSettings], *, clock: Clock, pace: Pace, rng: Rng, tasks: Tasks
) -> dict[str, StreamFeed]:
    """The streams that are switched on, of feeds that are."""
    return {
        name: StreamFeed(
            vendor,
            own,
            dial=dialling(own.stream_url),
            clock=clock,
            pace=pace,
            rng=rng,
            tasks=tasks,
            timer=MachineTimer(),
        )
        for name, vendor in STREAMS.items()
        if (own := settings.get(name)) is not None and own.on and own.stream and own.stream_url
    }
