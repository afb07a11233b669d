"""What the demo's director knows beforehand: the minutes of the market, as all venues saw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rooms_oracle.heard import MINUTE_MS, USD, FeedSource

VENUES_MIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One minute over all US dollar venues, in 10^-12 USD. `x_low` … `x_high`: the least and the most any venue saw.

    `venues` below `VENUES_MIN` marks a minute in which somebody was silent.
    """

    venues: int
    open_low: int
    open_high: int
    high_low: int
    high_high: int
    low_low: int
    low_high: int
    close_low: int
    close_high: int
    rising: bool
    falling: bool

    @property
    def full(self) -> bool:
        """Whether enough venues traded in it."""
        return self.venues >= VENUES_MIN

    @property
    def close(self) -> int:
        """About where the price stood at its end."""
        return (self.close_low + self.close_high) // 2

    def mirrored(self, pivot: int) -> Minute:
        """The same minute upside down, so that one search finds rises and falls."""
        return Minute(
            venues=self.venues,
            open_low=pivot - self.open_high,
            open_high=pivot - self.open_low,
            high_low=pivot - self.low_high,
            high_high=pivot - self.low_low,
            low_low=pivot - self.high_high,
            low_high=pivot - self.high_low,
            close_low=pivot - self.close_high,
            close_high=pivot - self.close_low,
            rising=self.falling,
            falling=self.rising,
        )


SILENT = Minute(
    venues=0,
    open_low=0,
    open_high=0,
    high_low=0,
    high_high=0,
    low_low=0,
    low_high=0,
    close_low=0,
    close_high=0,
    rising=False,
    falling=False,
)


async def read_minutes(source: FeedSource, instrument: str, *, start_ms: int, count: int) -> Sequence[Minute]:
    """`count` minutes of an instrument from `start_ms` on, from the candles of its dollar venues."""
    minutes: list[Minute] = []
    for index in range(count):
        candles = [
            candle
            for candle in await source.candles(instrument, start_ms + index * MINUTE_MS)
            if candle.quote == USD
        ]
        if not candles:
            minutes.append(SILENT)
            continue
        minutes.append(
            Minute(
                venues=len({candle.family for candle in candles}),
                open_low=min(candle.open for candle in candles),
                open_high=max(candle.open for candle in candles),
                high_low=min(candle.high for candle in candles),
                high_high=max(candle.high for candle in candles),
                low_low=min(candle.low for candle in candles),
                low_high=max(candle.low for candle in candles),
                close_low=min(candle.close for candle in candles),
                close_high=max(candle.close for candle in candles),
                rising=all(candle.close >= candle.open for candle in candles),
                falling=all(candle.close < candle.open for candle in candles),
            )
        )
    return minutes
