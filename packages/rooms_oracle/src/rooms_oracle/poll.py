"""One feed on one tick: single flight, batched calls, its own offset, and nothing after the tick has closed.

Whoever asks again on the same tick is given what was heard; a symbol is asked for once in a tick. What a feed could
not be brought to name even by itself is not asked for again for a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from rooms_core.result import Err, Ok
from rooms_oracle.client import Exchange, FeedClient
from rooms_oracle.failures import NotAsked, kind_of
from rooms_oracle.feeds.vendor import UNAVAILABLE, Call, Priced, Said
from rooms_oracle.heard import TICK_CLOSES_MS
from rooms_oracle.transport import Pace

LACKING_MS: Final = 60_000
NOT_DUE: Final = "NOT_DUE"
"""A slow feed is not asked on every tick."""


class Answered(NamedTuple):
    """What a feed said of a symbol, and in which call."""

    priced: Priced
    asked_ms: int
    received_ms: int
    body_sha256: str


Outcome: TypeAlias = Answered | str
"""An answer, or in one word why there is none."""


class FeedPoll:
    """The poller of one feed."""

    def __init__(self, client: FeedClient, pace: Pace) -> None:
        self.client = client
        self._pace = pace
        self._flight = asyncio.Lock()
        self._tick_ms = -1
        self._polled_ms: int | None = None
        self._outcomes: dict[str, Outcome] = {}
        self._lacking: dict[str, int] = {}

    async def hear(
        self, symbols: Sequence[str], tick_ms: int, slot: int | None = None
    ) -> Mapping[str, Outcome]:
        """What the feed says of these symbols on a tick. Never raises; comes back before the tick has closed."""
        async with self._flight:
            if tick_ms != self._tick_ms:
                self._tick_ms, self._outcomes = tick_ms, {}
            self._outcomes |= {
                symbol: UNAVAILABLE for symbol in symbols if self._lacking.get(symbol, 0) > tick_ms
            }
            wanted = [symbol for symbol in symbols if symbol not in self._outcomes]
            if wanted:
                await self._poll(wanted, tick_ms, slot)
            return {symbol: self._outcomes[symbol] for symbol in symbols}

    async def _poll(self, wanted: Sequence[str], tick_ms: int, slot: int | None) -> None:
        settings, last_ms = self.client.settings, self._polled_ms
        if last_ms is not None and last_ms < tick_ms < last_ms + settings.every_ms:
            self._all(wanted, NOT_DUE)
            return
        held = self.client.turn()
        if held is not None:
            self._all(wanted, held.value)
            return
        self._polled_ms = tick_ms
        await self._pace.until(tick_ms + settings.offset_ms)
        until_ms = tick_ms + TICK_CLOSES_MS
        calls = self.client.vendor.calls(wanted)
        self.client.expect(sum([call.weight for call in calls]))
        await asyncio.gather(*[self._ask(call, until_ms, slot) for call in calls])

    async def _ask(self, call: Call, until_ms: int, slot: int | None) -> None:
        vendor, more = self.client.vendor, None
        match await self.client.ask(call, until_ms=until_ms, slot=slot):
            case Ok(exchange):
                self._take(exchange)
                more = vendor.again(call, exchange.said)
            case Err(why):
                self._all(call.symbols, kind_of(why))
                more = None if isinstance(why, NotAsked) else vendor.instead(call, why)
        if more is not None:
            match await self.client.ask(more, until_ms=until_ms, slot=slot):
                case Ok(exchange):
                    self._take(exchange)
                    self._lack(exchange.said, until_ms)
                case Err():
                    pass  # what is known of these symbols stands already

    def _take(self, exchange: Exchange[Said]) -> None:
        said, asked_ms, received_ms, body = (
            exchange.said,
            exchange.asked_ms,
            exchange.received_ms,
            exchange.body_sha256,
        )
        self._outcomes |= said.refused
        self._outcomes |= {
            symbol: Answered(priced, asked_ms, received_ms, body) for symbol, priced in said.prices.items()
        }

    def _lack(self, said: Said, now_ms: int) -> None:
        """Even asked in another way the feed does not know these."""
        lacking = {symbol: now_ms + LACKING_MS for symbol, why in said.refused.items() if why == UNAVAILABLE}
        self._lacking = {symbol: until for symbol, until in self._lacking.items() if until > now_ms} | lacking

    def _all(self, symbols: Iterable[str], why: str) -> None:
        self._outcomes |= dict.fromkeys(symbols, why)
