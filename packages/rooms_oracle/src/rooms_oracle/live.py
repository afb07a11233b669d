"""The feeds of the internet as one `FeedSource`: each is asked once for a tick, all at the same time.

A tick g takes in what was received by g + 1.5 s and nothing later. Which instruments are asked for is the caller's:
those with open rooms, and the rates they rest on. What a feed did not say is named, in one word, beside what the
others said.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from sys import maxsize
from types import MappingProxyType
from typing import Final

from rooms_core.ports.accounts import Accounts
from rooms_core.ports.clock import Clock
from rooms_core.ports.rng import Rng
from rooms_core.ports.tasks import Tasks
from rooms_core.result import Ok
from rooms_oracle.chain_pools import ChainPools, PoolHeard
from rooms_oracle.client import FeedClient
from rooms_oracle.feeds import VENDORS
from rooms_oracle.feeds.vendor import Ohlc
from rooms_oracle.finality import FinalPool
from rooms_oracle.grid import next_open
from rooms_oracle.heard import MINUTE_MS, TICK_MS, Candle, Heard, Instrument, PoolState, Quote
from rooms_oracle.http import HttpTransport
from rooms_oracle.listing import CHAIN, LISTINGS, Listed, Listing, instrument_of, mint_of, token_of
from rooms_oracle.pace import MachineTimer
from rooms_oracle.poll import Answered, FeedPoll, Outcome
from rooms_oracle.settings import FeedSettings
from rooms_oracle.stats import FeedStanding, StreamStanding
from rooms_oracle.stream_feed import StreamFeed
from rooms_oracle.stream_poll import StreamPoll, open_streams, with_stream
from rooms_oracle.transport import Pace, Transport

CANDLES_KEPT: Final = 16_384
CANDLES_KEPT_MS: Final = 3_600_000
"""So many candles at most are remembered, and so long."""
CANDLE_LATE_MS: Final = 60_000
CANDLE_AGAIN_MS: Final = 20_000
"""A candle that is not there so soon after its minute may still come: it is looked for again after a while."""
CANDLES_BY_MS: Final = 2_500
"""After a tick: by then candles are there or given up, so that the next tick does not wait for them."""


class LiveFeeds:
    """Implements `FeedSource` over feeds that answer on the network. Use `open_feeds` to get one."""

    def __init__(
        self,
        clients: Iterable[FeedClient],
        *,
        clock: Clock,
        pace: Pace,
        listings: Iterable[Listing] = LISTINGS,
        chain: ChainPools | None = None,
        streams: Mapping[str, StreamFeed] = MappingProxyType({}),
    ) -> None:
        self._chain = chain
        self._clock = clock
        self._pace = pace
        self._polls: dict[str, FeedPoll | StreamPoll] = {
            client.vendor.name: with_stream(FeedPoll(client, pace), streams, clock=clock, pace=pace)
            for client in clients
        }
        self._settings = {name: poll.client.settings for name, poll in self._polls.items()}
        self._built_in = tuple(listings)
        self._known: dict[str, tuple[Instrument, list[Listed]]] = {}
        self.learn(())
        self._candles: dict[tuple[str, str, int], Ohlc | None] = {}
        self._candles_ms: deque[tuple[int, tuple[str, str, int]]] = deque()
        self._looked_for: dict[tuple[str, str, int], int] = {}
        self._asking: dict[tuple[str, str, int], asyncio.Lock] = {}

    def learn(self, written: Iterable[Listing]) -> None:
        """Take these in place of what is built in under the same names, from the next tick on. Give all there are.

        An oracle that polls has to be told (`ConsensusOracle.relist`).
        """
        listed = {each.name: each for each in (*self._built_in, *written)}
        self._known = {name: self._listed(each) for name, each in listed.items()}
        self._rates = {rate for instrument, _ in self._known.values() for rate in instrument.rates}

    def instrument(self, name: str) -> Instrument | None:
        """The settings of a listed instrument or of a token; None where no feed that is on knows it."""
        known = self._find(name)
        return None if known is None else known[0]

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """Ask every feed once for all it knows of these; what is missing when the tick closes is named as silent.

        Before the tick's time nobody is asked, and nothing is held that another tick may need meanwhile. Names that
        come first are asked for first: a feed that cannot carry them all carries the rates.
        """
        await self._pace.until(tick_ms)
        found = {name: known for name in names if (known := self._find(name)) is not None}
        asked: dict[str, list[str]] = {}
        for _, listed in found.values():
            for each in listed:
                asked.setdefault(each.feed, []).append(each.symbol)
        slot = None if self._chain is None else self._chain.slot()
        polls = [
            self._polls[feed].hear(list(dict.fromkeys(each)), tick_ms, slot) for feed, each in asked.items()
        ]
        said, pools = await asyncio.gather(asyncio.gather(*polls), self._hear_chain(found, tick_ms))
        heard = dict(zip(asked, said, strict=True))
        return {
            name: _heard(instrument, listed, heard, pools.get(name))
            for name, (instrument, listed) in found.items()
        }

    def askable(self, now_ms: int) -> int:
        """The next tick: the windows of those before are over, or nearly."""
        return next_open(now_ms)

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """The candles of a minute that is over, from the feeds that have some; each is asked for until it is had."""
        known = self._find(name)
        if known is None or known[0].single_pool:
            return ()
        instrument, listed = known
        urgent = name in self._rates
        had = await asyncio.gather(*[self._candle(each, minute_ms, urgent) for each in listed])
        return [
            Candle(each.source, *instrument.sources[each.source], minute_ms, *ohlc, each.quote)
            for each, ohlc in zip(listed, had, strict=True)
            if ohlc is not None
        ]

    async def final(self, name: str, *, at_least_slot: int) -> FinalPool | None:
        """Where a token is priced by the final state of the chain; None where the chain does not tell."""
        mint = mint_of(name)
        if self._chain is None or mint is None:
            return None
        return await self._chain.final(mint, at_least_slot)

    def standings(self) -> list[FeedStanding]:
        """How each feed stands, for those who look after it."""
        return [
            poll.as_feed() if isinstance(poll, StreamPoll) else poll.client.standing()
            for poll in self._polls.values()
        ]

    def streams(self) -> list[StreamStanding]:
        """How the streams of those that have one stand."""
        return [poll.standing() for poll in self._polls.values() if isinstance(poll, StreamPoll)]

    async def close(self) -> None:
        """Give all connections back."""
        for poll in self._polls.values():
            if isinstance(poll, StreamPoll):
                await poll.close()
            await poll.client.close()

    async def _hear_chain(self, names: Iterable[str], tick_ms: int) -> Mapping[str, PoolHeard]:
        """What the chain says of the tokens among these, by name."""
        mints = {mint: name for name in names if (mint := mint_of(name)) is not None}
        if self._chain is None or not mints:
            return {}
        heard = await self._chain.hear(list(mints), tick_ms)
        return {mints[mint]: said for mint, said in heard.items()}

    async def _candle(self, listed: Listed, minute_ms: int, urgent: bool) -> Ohlc | None:
        """One candle; whoever wants the same one at the same time waits for it instead of asking too."""
        key = (listed.feed, listed.symbol, minute_ms)
        asking = self._asking.setdefault(key, asyncio.Lock())
        async with asking:
            if key not in self._candles or self._clock.now_ms() >= self._looked_for.get(key, maxsize):
                await self._ask_candle(key, urgent)
        self._asking.pop(key, None)
        return self._candles.get(key)

    async def _ask_candle(self, key: tuple[str, str, int], urgent: bool) -> None:
        feed, symbol, minute_ms = key
        client = self._polls[feed].client
        call = client.vendor.candle_call(symbol, minute_ms)
        if call is None:
            return
        now_ms = self._clock.now_ms()
        until_ms = min(now_ms + client.settings.total_ms, now_ms - now_ms % TICK_MS + CANDLES_BY_MS)
        match await client.candle(call, minute_ms, until_ms=until_ms, urgent=urgent):
            case Ok(exchange):
                self._forget_candles(now_ms)
                self._candles[key] = exchange.said
                self._candles_ms.append((now_ms, key))
                self._looked_for.pop(key, None)
                if exchange.said is None and now_ms < minute_ms + MINUTE_MS + CANDLE_LATE_MS:
                    self._looked_for[key] = now_ms + CANDLE_AGAIN_MS
            case _:
                pass  # it is asked for again

    def _forget_candles(self, now_ms: int) -> None:
        """Those had an hour ago, and the oldest of too many: whoever needed them has judged by them."""
        had = self._candles_ms
        while had and (len(had) >= CANDLES_KEPT or had[0][0] < now_ms - CANDLES_KEPT_MS):
            _, key = had.popleft()
            self._candles.pop(key, None)
            self._looked_for.pop(key, None)

    def _listed(self, listing: Listing) -> tuple[Instrument, list[Listed]]:
        on = [each for each in listing.listed if each.feed in self._polls]
        return instrument_of(listing, self._settings), on

    def _find(self, name: str) -> tuple[Instrument, list[Listed]] | None:
        mint = mint_of(name)
        if mint is None:
            found = self._known.get(name)
        else:
            found = token_of(name, mint, self._polls, chain=self._chain is not None)
        return found if found is not None and found[0].sources else None


def http_line(settings: FeedSettings) -> Transport:
    """A line to a feed's address over HTTP."""
    return HttpTransport(settings.base_url, connect_ms=settings.connect_ms, body_most=settings.body_most)


def open_feeds(
    settings: Mapping[str, FeedSettings],
    *,
    clock: Clock,
    pace: Pace,
    rng: Rng,
    listings: Iterable[Listing] = LISTINGS,
    accounts: Accounts | None = None,
    line: Callable[[FeedSettings], Transport] = http_line,
    tasks: Tasks | None = None,
) -> LiveFeeds:
    """Live feeds: those of `VENDORS` that have settings and are on; with `accounts`, tokens from the chain too.

    Streams that are on (`FeedSettings.stream`) run as `tasks`; without these, everything is polled.
    """
    clients = [
        FeedClient(
            vendor,
            own,
            line=line(own),
            clock=clock,
            pace=pace,
            rng=rng,
            timer=MachineTimer(),
        )
        for vendor in VENDORS
        if (own := settings.get(vendor.name)) is not None and own.on
    ]
    chain = None if accounts is None else ChainPools(accounts, clock)
    streams = {} if tasks is None else open_streams(settings, clock=clock, pace=pace, rng=rng, tasks=tasks)
    return LiveFeeds(clients, clock=clock, pace=pace, listings=listings, chain=chain, streams=streams)


def _heard(
    instrument: Instrument,
    listed: Sequence[Listed],
    heard: Mapping[str, Mapping[str, Outcome]],
    chain: PoolHeard | None,
) -> Heard:
    quotes: list[Quote] = []
    silent: dict[str, str] = {}
    pool: PoolState | None = None
    if isinstance(chain, str):
        silent[CHAIN] = chain
    elif chain is not None:
        quotes, pool = [chain[0]], chain[1]
    for each in listed:
        outcome = heard[each.feed][each.symbol]
        if isinstance(outcome, Answered):
            quotes.append(_quote(instrument, each, outcome))
        else:
            silent[each.source] = outcome
    return Heard(quotes, pool, silent)


def _quote(instrument: Instrument, listed: Listed, answered: Answered) -> Quote:
    priced, asked_ms, received_ms, body_sha256 = answered
    family, weight = instrument.sources[listed.source]
    return Quote(
        listed.source,
        family,
        priced.price,
        priced.conf,
        weight,
        asked_ms,
        received_ms,
        priced.ts_ms,
        listed.quote,
        priced.raw,
        body_sha256,
    )
