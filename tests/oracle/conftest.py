"""What the oracle's tests share: feeds from a table, and short spellings of votes and rooms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_oracle.aggregate import INSTANT
from rooms_oracle.feeds import Candle, Heard, Instrument, PoolState, Profile, Quote
from rooms_oracle.single_pool import POOL_PARAMS

FAMILIES = ("a", "b", "c")
SOURCES = {family: (family, 10) for family in FAMILIES}


@dataclass
class TableFeeds:
    """A `FeedSource` from tables: what each tick and each minute says. Three families, all of one opinion."""

    known: dict[str, Instrument] = field(default_factory=dict)
    ticks: dict[tuple[str, int], Heard] = field(default_factory=dict)
    minutes: dict[tuple[str, int], list[Candle]] = field(default_factory=dict)

    def add(self, name: str, *, rates: tuple[str, ...] = (), pool: bool = False) -> None:
        """Know an instrument."""
        self.known[name] = Instrument(
            name=name,
            sources=SOURCES,
            params=POOL_PARAMS if pool else INSTANT,
            profile=Profile.SINGLE_POOL if pool else Profile.VENUES,
            rates=rates,
        )

    def say(
        self, name: str, tick_ms: int, *prices: int, quote: str = "USD", pool: PoolState | None = None
    ) -> None:
        """One price for each family, or the same for all."""
        said = prices if len(prices) > 1 else prices * 3
        quotes = [
            Quote(family, family, price, 0, 10, tick_ms, tick_ms, quote=quote)
            for family, price in zip(FAMILIES, said, strict=False)
        ]
        self.ticks[name, tick_ms] = Heard(quotes, pool)

    def candle(self, name: str, minute_ms: int, *, high: int, low: int, families: str = "abc") -> None:
        """The same candle for each of the families."""
        self.minutes[name, minute_ms] = [
            Candle(family, family, 10, minute_ms, low, high, low, high) for family in families
        ]

    def instrument(self, name: str) -> Instrument | None:
        """Whatever was added."""
        return self.known.get(name)

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """The table's entry."""
        return {name: self.ticks[name, tick_ms] for name in names if (name, tick_ms) in self.ticks}

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """The table's entry."""
        return self.minutes.get((name, minute_ms), ())


@pytest.fixture
def feeds() -> TableFeeds:
    """Feeds that know X/USD and say nothing yet."""
    table = TableFeeds()
    table.add("X/USD")
    return table


RoomMaker = Callable[..., WatchedRoom]


@pytest.fixture
def room() -> RoomMaker:
    """Make a watched room on X/USD: up to 100 from time 0 to an hour, unless said otherwise."""

    def make(
        number: int = 1,
        *,
        direction: Direction = Direction.UP,
        target: int = 100,
        since_ms: int = 0,
        settle_at_ms: int = 3_600_000,
        pool_priced: bool = False,
        instrument: str = "X/USD",
        created_liquidity_cents: int | None = None,
    ) -> WatchedRoom:
        return WatchedRoom(
            room=RoomId(number),
            instrument=instrument,
            direction=direction,
            target=target,
            since_ms=since_ms,
            settle_at_ms=settle_at_ms,
            pool_priced=pool_priced,
            created_liquidity_cents=created_liquidity_cents,
        )

    return make
