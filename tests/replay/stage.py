"""What a replay is played with: recorded days, the feed server, the feeds that ask it, the oracle, books with rooms.

A `Side` is one whole run: two of them (one plain, one with faults) are led through the same ticks and compared.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from rooms_core.domain.listing import Listed, Listing, RuleChoices
from rooms_core.ports.store import Store
from rooms_core.result import Ok
from rooms_core.services.watch_targets import WatchTargets
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore
from rooms_core.testing.rng import SeededRng
from rooms_oracle.aggregate import PPM
from rooms_oracle.client import FeedClient
from rooms_oracle.feeds import VENDORS
from rooms_oracle.grid import last_closed
from rooms_oracle.heard import Candle, FeedSource, Heard, Instrument, Quote
from rooms_oracle.held import HeldTick
from rooms_oracle.http import HttpTransport
from rooms_oracle.live import LiveFeeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.quotes import COIN_UNIT
from rooms_oracle.replay import ReplayFeeds
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.testing.direct_line import DirectLine
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.market import Book, Market

COIN: Final = "BTC/USD"
FEEDS: Final = ("binance", "coinbase", "kraken")
FOLDER: Final = "btc_multi_venue_2023-03-08_11"
FIRST_MS: Final = 1_678_233_600_000
"""8 March 2023, 00:00 UTC."""
DAY_MS: Final = 86_400_000
DAYS: Final = 4
_RATE: Final = RuleChoices(quorum=2)

DOLLARS: Final = (
    Listing(
        name=COIN,
        listed=(Listed("binance", "BTCUSD"), Listed("coinbase", "BTC-USD"), Listed("kraken", "XXBTZUSD")),
    ),
)
"""Three venues in true dollars: three families of one source each."""
_RATES: Final = (
    Listing(
        name="USDT/USD",
        listed=(Listed("coinbase", "USDT-USD"), Listed("kraken", "USDTZUSD")),
        rule=_RATE,
    ),
    Listing(
        name="USDC/USD",
        listed=(Listed("binance", "USDCUSDT", "USDT"), Listed("kraken", "USDCUSD")),
        rule=_RATE,
    ),
)
_FOREIGN: Final = (
    Listed("binance", "BTCUSDT", "USDT"),
    Listed("binance", "BTCUSDC", "USDC"),
    Listed("coinbase", "BTC-USDT", "USDT"),
    Listed("kraken", "XBTUSDT", "USDT"),
    Listed("kraken", "XBTUSDC", "USDC"),
)
ALL_PAIRS: Final = (replace(DOLLARS[0], listed=(*DOLLARS[0].listed, *_FOREIGN)), *_RATES)
"""All twelve recorded series: each venue's pairs in Tethers and USDC join its family, by the coins' own consensus."""
_DOLLAR_COINS: Final = ("USDT/USD", "USDC/USD")
PAIRS: Final = {"dollars": DOLLARS, "all": ALL_PAIRS}


def recorded_folder() -> Path | None:
    """Where the recorded days are: `ROOMS_DATA`, or `shared/data` beside the checkout; None if they are not."""
    named = os.environ.get("ROOMS_DATA")
    data = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"
    return data / FOLDER if (data / FOLDER).is_dir() else None


def recorded(folder: Path) -> ReplayFeeds:
    """The recorded days. Raises ValueError where they cannot be read."""
    found = ReplayFeeds.open_folder(folder)
    if isinstance(found, Ok):
        return found.value
    raise ValueError(found.why.message)


class LeaningMarket(Market):
    """A market in which a venue may lean: all of its own prices are so many ppm beside the truth."""

    def __init__(self, source: FeedSource) -> None:
        super().__init__(source, own_only=True)
        self.lean_ppm: dict[str, int] = {}

    async def book(self, feed: str, instrument: str, quote: str, at_ms: int) -> Book | None:
        """The venue's book, moved to where it leans."""
        found = await super().book(feed, instrument, quote, at_ms)
        lean = self.lean_ppm.get(feed, 0) if instrument == COIN else 0
        if found is None or not lean:
            return found
        return Book(found.bid * (PPM + lean) // PPM, found.ask * (PPM + lean) // PPM)


class Side:
    """One run on a clock of its own: server, feeds, oracle, and the monitor's step over books."""

    def __init__(
        self,
        source: FeedSource,
        listings: Iterable[Listing],
        clock: ManualClock,
        *,
        feeds: Iterable[str] = FEEDS,
        store: Store | None = None,
        seed: int = 0,
    ) -> None:
        self.clock = clock
        self.listings = tuple(listings)
        self.server = FeedServer(source, self.clock, listings=self.listings)
        self.market = self.server.market = LeaningMarket(source)
        self.store: Store = MemoryStore(clock) if store is None else store
        self._feeds, self._seed = tuple(feeds), seed
        self._live: LiveFeeds | None = None

    def open(self, *, http: bool = False) -> None:
        """Begin to ask the server: over HTTP (it must be running then), or without a network."""
        pace = ManualPace(self.clock)
        clients = []
        for vendor in VENDORS:
            if vendor.name not in self._feeds:
                continue
            own = DEFAULTS[vendor.name].model_copy(update={"enabled": True})
            if http:
                own = self.server.settings({vendor.name: own})[vendor.name]
            line = (
                HttpTransport(own.base_url, connect_ms=own.connect_ms, body_most=own.body_most)
                if http
                else DirectLine(self.server, vendor.name)
            )
            clients.append(
                FeedClient(vendor, own, line=line, clock=self.clock, pace=pace, rng=SeededRng(self._seed))
            )
        self._live = LiveFeeds(clients, clock=self.clock, pace=pace, listings=self.listings)
        self.oracle = ConsensusOracle(self._live)
        self.watch = WatchTargets(store=self.store, oracle=self.oracle, read_every=20)
        self.oracle.poll(COIN)

    @property
    def feeds(self) -> LiveFeeds:
        """The feeds that ask the server."""
        assert self._live is not None, "open comes first"
        return self._live

    def at(self, tick_ms: int, faults: dict[str, Fault] | None = None) -> None:
        """The clock stands at a tick (it never goes back), and these faults are on until the next."""
        self.clock.set(max(tick_ms, self.clock.now_ms()))
        self.server.faults = dict(faults or {})

    def held(self, name: str = COIN) -> HeldTick:
        """The newest tick as the oracle judged it."""
        return self.oracle._trackers[name].held[-1]

    async def close(self) -> None:
        """Give the lines back."""
        await self.feeds.close()


PRICE: Final = 100 * 10**12


class Flat:
    """A `FeedSource` in which every listed instrument costs the same for ever: cheap to ask for, by the thousand."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        self._heard: dict[str, Heard] = {}
        self._listings = {each.name: each for each in listings}
        for name, listing in self._listings.items():
            price = COIN_UNIT if name in _DOLLAR_COINS else PRICE
            quotes = [
                Quote(each.feed, each.feed, price, price // 10_000, 10, 0, 0, None, each.quote)
                for each in listing.listed
            ]
            self._heard[name] = Heard(quotes)

    def instrument(self, name: str) -> Instrument | None:
        """The server asks for prices only."""
        return None

    def askable(self, now_ms: int) -> int:
        """At any time."""
        return last_closed(now_ms)

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """Each feed's own price."""
        return {name: self._heard[name] for name in names if name in self._heard}

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """The same price, all minute."""
        quotes = self._heard[name].quotes if name in self._heard else ()
        return [Candle(q[0], q[1], 10, minute_ms, q[2], q[2], q[2], q[2], q[8]) for q in quotes]
