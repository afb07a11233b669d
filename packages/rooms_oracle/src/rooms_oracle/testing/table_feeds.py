"""Feeds that say what a table says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rooms_oracle.aggregate import INSTANT
from rooms_oracle.grid import last_closed
from rooms_oracle.heard import TICK_MS, USD, Candle, Heard, Instrument, PoolState, Profile, Quote
from rooms_oracle.single_pool import POOL_PARAMS

FAMILIES: Final = ("a", "b", "c")
WEIGHT: Final = 10


@dataclass(slots=True)
class TableFeeds:
    """A `FeedSource` from tables: three families, one source each, and what they say at each tick and minute."""

    known: dict[str, Instrument] = field(default_factory=dict)
    ticks: dict[tuple[str, int], Heard] = field(default_factory=dict)
    minutes: dict[tuple[str, int], list[Candle]] = field(default_factory=dict)

    def add(self, name: str, *, rates: tuple[str, ...] = (), pool: bool = False) -> None:
        """Know an instrument."""
        self.known[name] = Instrument(
            name=name,
            sources={family: (family, WEIGHT) for family in FAMILIES},
            params=POOL_PARAMS if pool else INSTANT,
            profile=Profile.SINGLE_POOL if pool else Profile.VENUES,
            rates=rates,
        )

    def say(
        self, name: str, tick_ms: int, *prices: int, quote: str = USD, pool: PoolState | None = None
    ) -> None:
        """At a tick: one price for each family, in order, or one that all of them send."""
        said = prices if len(prices) > 1 else prices * len(FAMILIES)
        quotes = [
            Quote(family, family, price, 0, WEIGHT, tick_ms, tick_ms, quote=quote)
            for family, price in zip(FAMILIES, said, strict=False)
        ]
        self.ticks[name, tick_ms] = Heard(quotes, pool)

    def run(self, name: str, from_ms: int, prices: Iterable[int | None]) -> int:
        """One tick after another on which all families agree, or (None) say nothing; the tick after them."""
        for price in prices:
            if price is not None:
                self.say(name, from_ms, price)
            from_ms += TICK_MS
        return from_ms

    def candle(
        self, name: str, minute_ms: int, *, high: int, low: int, families: str = "abc", quote: str = USD
    ) -> None:
        """The same candle for each of these families."""
        self.minutes[name, minute_ms] = [
            Candle(family, family, WEIGHT, minute_ms, low, high, low, high, quote) for family in families
        ]

    def instrument(self, name: str) -> Instrument | None:
        """Whatever was added."""
        return self.known.get(name)

    def askable(self, now_ms: int) -> int:
        """The last tick that is closed: a table can be read at any time."""
        return last_closed(now_ms)

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """The table's entries."""
        return {name: self.ticks[name, tick_ms] for name in names if (name, tick_ms) in self.ticks}

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """The table's entry."""
        return self.minutes.get((name, minute_ms), ())
