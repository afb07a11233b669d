"""The market as each feed would show it, from any `FeedSource`: its own venue's prices where there are some.

A fault of the market itself is kept here: a stablecoin that has lost its peg shows in every price that is quoted in
it, and in its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from rooms_oracle.aggregate import PPM
from rooms_oracle.heard import MINUTE_MS, SILENCE, TICK_MS, Candle, FeedSource, Quote
from rooms_oracle.quotes import rate_name

LEAST_SPREAD: Final = 2
_SCALE: Final = -12

S = TypeVar("S", Quote, Candle)


class Book(NamedTuple):
    """The best bid and ask in 10^-12 of the quote currency."""

    bid: int
    ask: int

    @property
    def middle(self) -> int:
        """The price between them."""
        return (self.bid + self.ask) // 2


class Market:
    """What the feeds of the server are fed with. `peg_ppm` is what a stablecoin is worth of a dollar.

    `shift_ms` lets recorded minutes be played later than they were: whole minutes between then and now.
    `own_only`: a feed whose own venue is silent shows nothing, where it would else show what others say.
    """

    def __init__(self, source: FeedSource, shift_ms: int = 0, *, own_only: bool = False) -> None:
        self._source = source
        self._shift_ms = shift_ms
        self._own_only = own_only
        self._heard: dict[tuple[str, int], Sequence[Quote]] = {}
        self.peg_ppm: dict[str, int] = {}

    async def book(self, feed: str, instrument: str, quote: str, at_ms: int) -> Book | None:
        """A feed's book of an instrument in a quote currency at a time; None if nobody quotes it so."""
        tick_ms = at_ms - at_ms % TICK_MS - self._shift_ms
        said = self._heard.get((instrument, tick_ms))
        if said is None:
            heard = await self._source.collect([instrument], tick_ms)
            said = self._heard[instrument, tick_ms] = heard.get(instrument, SILENCE).quotes
            while len(self._heard) > 4_096:
                del self._heard[next(iter(self._heard))]
        found = _own(feed, quote, said, own_only=self._own_only)
        if found is None:
            return None
        half = max(LEAST_SPREAD // 2, found.conf)
        return Book(
            self._pegged(instrument, quote, found.price - half),
            self._pegged(instrument, quote, found.price + half),
        )

    async def candle(
        self, feed: str, instrument: str, quote: str, minute_ms: int
    ) -> tuple[int, int, int, int] | None:
        """A feed's candle of a minute: open, high, low, close."""
        then_ms = minute_ms - minute_ms % MINUTE_MS - self._shift_ms
        found = _own(feed, quote, await self._source.candles(instrument, then_ms), own_only=self._own_only)
        if found is None:
            return None
        first, high, low, last = [
            self._pegged(instrument, quote, price)
            for price in (found.open, found.high, found.low, found.close)
        ]
        return first, high, low, last

    def _pegged(self, instrument: str, quote: str, price: int) -> int:
        for coin, worth in self.peg_ppm.items():
            if coin == quote:
                price = price * PPM // worth
            elif instrument == rate_name(coin):
                price = price * worth // PPM
        return price


def _own(feed: str, quote: str, said: Sequence[S], *, own_only: bool) -> S | None:
    """What this feed says itself (its family begins with its name), else what anybody says in that currency."""
    fitting = [each for each in said if each.quote == quote and each.source != "chain"]
    own = [each for each in fitting if each.family.startswith(feed) or each.source.startswith(feed)]
    if own:
        return own[0]
    return fitting[0] if fitting and not own_only else None


def written(units: int) -> str:
    """A price as feeds write it."""
    return format(Decimal(units).scaleb(_SCALE).normalize(), "f")
