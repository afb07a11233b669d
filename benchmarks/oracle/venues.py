"""Venues whose prices jump at any ms, and the lines to them: answers take their time, and one of them may be silent.

The answers are those of the feed server, with the price of the moment at which the request arrives there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final
from urllib.parse import urlencode

from rooms_core.domain.address import Address
from rooms_core.domain.listing import Listing
from rooms_core.ports.accounts import AccountsReading, AccountState
from rooms_core.ports.chain import ChainFailed
from rooms_core.ports.clock import Clock
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_oracle.chain_pools import ChainPools
from rooms_oracle.client import FeedClient
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.feeds import VENDORS
from rooms_oracle.feeds.jupiter import SLOT_MS
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import MINUTE_MS, TICK_MS, USD
from rooms_oracle.listing import mint_of
from rooms_oracle.live import LiveFeeds
from rooms_oracle.pace import ClockPace
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.testing.direct_line import DirectLine
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.market import Book, Market
from rooms_oracle.testing.pump_accounts import START_LAMPORTS, START_TOKENS, on_curve
from rooms_oracle.transport import Pace, Params, Reply, Transport

SOL: Final = "SOL/USD"
SOL_PRICE: Final = 165 * 10**12
VENUES: Final = ("binance", "coinbase", "kraken", "okx")
"""The four that need no key."""
POOL_SOURCES: Final = ("dexscreener", "jupiter")
_PEG: Final = 999_600_000_000
_UNIT: Final = 10**12
_STRAY_PPM: Final = 60
_SOONEST_MS: Final = 20
_LATEST_MS: Final = 600

Level = Callable[[str, int], int]
"""The price of an instrument at a time, in 10^-12 USD; for a token that of one piece."""


class JumpingMarket(Market):
    """Every venue shows the level of the moment, a little off for its own sake."""

    def __init__(self, level: Level) -> None:
        super().__init__(GeneratedFeeds(0))
        self._level = level

    async def book(self, feed: str, instrument: str, quote: str, at_ms: int) -> Book:
        """The level in the currency of quotation."""
        middle = _PEG if instrument == "USDT/USD" else self._level(instrument, at_ms)
        if quote != USD:
            middle = middle * _UNIT // _PEG
        middle = middle * (10**6 + sum(feed.encode()) % (2 * _STRAY_PPM) - _STRAY_PPM) // 10**6
        return Book(middle - middle // 50_000, middle + middle // 50_000)

    async def candle(
        self, feed: str, instrument: str, quote: str, minute_ms: int
    ) -> tuple[int, int, int, int]:
        """Of the books of its ticks."""
        first_ms = minute_ms - minute_ms % MINUTE_MS
        ticks = range(first_ms, first_ms + MINUTE_MS, TICK_MS)
        said = [(await self.book(feed, instrument, quote, at_ms)).middle for at_ms in ticks]
        return said[0], max(said), min(said), said[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class FarLine:
    """Implements `transport.Transport`: a request is on its way for a while, and so is the answer."""

    server: FeedServer
    feed: str
    chance: Random
    silent: Collection[str] = ()

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """The server's answer, if it is there in time."""
        there_ms, back_ms = [self.chance.randrange(_SOONEST_MS, _LATEST_MS) // 2 for _ in range(2)]
        if self.feed in self.silent or there_ms + back_ms > within_ms:
            await asyncio.sleep(within_ms / 1_000)
            return Err(Timeout())
        await asyncio.sleep(there_ms / 1_000)
        sent = await self.server.answer(f"/{self.feed}{path}?{urlencode(params)}", headers)
        await asyncio.sleep(back_ms / 1_000)
        return Ok(Reply(sent.status, sent.headers, sent.body))

    async def close(self) -> None:
        """There is nothing to give back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveAccounts:
    """Implements `ports.accounts.Accounts` for tokens on their curves, priced by the level."""

    level: Level
    clock: Clock
    mints: Collection[Address]

    async def read(
        self, addresses: Collection[Address], *, finalized: bool, at_least_slot: int = 0
    ) -> Result[AccountsReading, ChainFailed]:
        """All accounts of the tokens, as they are at this moment's slot."""
        now_ms = self.clock.now_ms()
        found = {each: state for mint in self.mints for each, state in self._curve(mint, now_ms).items()}
        return Ok(AccountsReading(now_ms // SLOT_MS, {each: found.get(each) for each in addresses}))

    def _curve(self, mint: Address, now_ms: int) -> Mapping[Address, AccountState]:
        lamports = self.level(f"pump:{mint}", now_ms) * START_TOKENS * 10**3 // SOL_PRICE
        return on_curve(mint, tokens=START_TOKENS, lamports=lamports)


def first_price() -> int:
    """What a token costs where its curve begins, in 10^-12 USD."""
    return START_LAMPORTS * SOL_PRICE // (START_TOKENS * 10**3)


def feeds_of(
    level: Level,
    clock: Clock,
    chance: Random,
    *,
    names: Collection[str] = VENUES,
    tokens: Iterable[str] = (),
    silent: Collection[str] = (),
) -> LiveFeeds:
    """Live feeds over far lines, with tokens from the chain too."""
    mints = [mint for token in tokens if (mint := mint_of(token)) is not None]
    server = FeedServer(GeneratedFeeds(0), clock, mints=mints)
    server.market = JumpingMarket(level)

    def line(feed: str) -> Transport:
        return FarLine(server=server, feed=feed, chance=chance, silent=silent)

    chain = ChainPools(CurveAccounts(level=level, clock=clock, mints=mints), clock) if mints else None
    pace = ClockPace(clock)
    return LiveFeeds(_clients(names, line, clock, pace, chance), clock=clock, pace=pace, chain=chain)


def near_feeds(
    level: Level, clock: ManualClock, *, names: Collection[str], listings: Sequence[Listing]
) -> tuple[LiveFeeds, FeedServer]:
    """Live feeds without any way between, on a clock that is moved; and the server behind them."""
    server = FeedServer(GeneratedFeeds(0), clock, listings=listings)
    server.market = JumpingMarket(level)
    pace = ManualPace(clock)
    clients = _clients(names, lambda feed: DirectLine(server, feed), clock, pace, Random(0))
    return LiveFeeds(clients, clock=clock, pace=pace, listings=listings), server


def _clients(
    names: Collection[str], line: Callable[[str], Transport], clock: Clock, pace: Pace, chance: Random
) -> list[FeedClient]:
    return [
        FeedClient(
            vendor,
            DEFAULTS[vendor.name].model_copy(update={"enabled": True}),
            line=line(vendor.name),
            clock=clock,
            pace=pace,
            rng=SeededRng(chance.randrange(2**32)),
        )
        for vendor in VENDORS
        if vendor.name in names
    ]
