"""Recorded days as feeds: every pair of a coin is a source, and a venue's pairs are one family.

A folder holds `<venue>_<BASE>-<QUOTE>_1m.csv` files. Whatever serves as a quote currency there is priced by its
own consensus with quorum 2, everything else by the settings for prices that settle rooms. Age and confidence are 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rooms_core.result import Err, Ok, Result
from rooms_oracle.aggregate import INSTANT, Params
from rooms_oracle.grid import last_closed
from rooms_oracle.heard import USD, Candle, Heard, Instrument, Quote
from rooms_oracle.quotes import rate_name
from rooms_oracle.series import Series, read_series

WEIGHT: Final = 10
RATE_QUORUM: Final = 2


@dataclass(frozen=True, slots=True)
class ReplayUnreadable:
    """The folder of recorded prices cannot be used; `message` says which file and why."""

    message: str


class ReplayFeeds:
    """A `FeedSource` over recorded candles. Use `open_folder` to get one."""

    def __init__(self, series: Iterable[Series], params: Params = INSTANT) -> None:
        self._series: dict[str, list[Series]] = {}
        for each in sorted(series, key=lambda each: each.source):
            self._series.setdefault(rate_name(each.base), []).append(each)
        money = {rate_name(each.quote) for said in self._series.values() for each in said}
        self._instruments = {
            name: _instrument(name, said, replace(params, quorum=RATE_QUORUM) if name in money else params)
            for name, said in self._series.items()
        }

    @staticmethod
    def open_folder(folder: Path, params: Params = INSTANT) -> Result[ReplayFeeds, ReplayUnreadable]:
        """Read the series of a folder; refused if there is none, or one cannot be read."""
        found = []
        for path in sorted(folder.glob("*.csv")):
            match read_series(path):
                case Err(why):
                    return Err(ReplayUnreadable(why))
                case Ok(series):
                    found += [] if series is None else [series]
        if not found:
            return Err(ReplayUnreadable(f"no <venue>_<BASE>-<QUOTE>_1m.csv in {folder}"))
        return Ok(ReplayFeeds(found, params))

    def instruments(self) -> tuple[str, ...]:
        """All instruments and rates of the folder."""
        return tuple(self._instruments)

    def span_ms(self, name: str) -> tuple[int, int]:
        """The starts (ms) of the first and last minute of an instrument of the folder."""
        minutes = [minute_ms for each in self._series[name] for minute_ms in each.minutes()]
        return min(minutes), max(minutes)

    def instrument(self, name: str) -> Instrument | None:
        """The settings of an instrument of the folder."""
        return self._instruments.get(name)

    def askable(self, now_ms: int) -> int:
        """The last tick that is closed: what was recorded can be asked for at any time."""
        return last_closed(now_ms)

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """What each venue's candle says at a tick; a missing minute says nothing."""
        return {name: Heard(self._quotes(name, tick_ms)) for name in names if name in self._series}

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """The recorded candles of a minute."""
        found = []
        for each in self._series.get(name, ()):
            candle = each.candle(minute_ms)
            if candle is not None:
                found.append(Candle(each.source, each.venue, WEIGHT, minute_ms, *candle, each.quote))
        return found

    def _quotes(self, name: str, tick_ms: int) -> list[Quote]:
        quotes = []
        for each in self._series[name]:
            price = each.tick(tick_ms)
            if price is not None:
                quotes.append(
                    Quote(each.source, each.venue, price, 0, WEIGHT, tick_ms, tick_ms, None, each.quote)
                )
        return quotes


def _instrument(name: str, series: Sequence[Series], params: Params) -> Instrument:
    foreign = sorted({each.quote for each in series} - {USD})
    return Instrument(
        name=name,
        sources={each.source: (each.venue, WEIGHT) for each in series},
        params=params,
        rates=tuple([rate_name(quote) for quote in foreign]),
    )
