"""What a shape of the feed server is given: the request, and the market with the feed's faults already in it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from rooms_oracle.heard import TICK_MS
from rooms_oracle.testing.faults import CLOCKS, FACTORS, Fault
from rooms_oracle.testing.market import Book, Market, written

_UNIT: Final = 10**12
_ODD: Final = {Fault.ZERO: "0", Fault.NAN: "NaN", Fault.NULL: None}


class Raw(str):
    """Text that stands in the JSON as it is: a number with all of its digits."""

    __slots__ = ()


Json: TypeAlias = "bool | int | str | Raw | list[Json] | dict[str, Json] | None"


class Shown(NamedTuple):
    """A book in a feed's own writing; None stands for null."""

    bid: str | None
    ask: str | None
    last: str | None
    middle: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and the headers that matter."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One request to one feed."""

    feed: str
    path: str
    params: list[tuple[str, str]]
    now_ms: int
    market: Market
    symbols: Mapping[str, tuple[str, str]]
    fault: Fault | None = None
    frozen_ms: int = 0

    def param(self, name: str) -> str:
        """A parameter; "" if it is not given."""
        return next((value for key, value in self.params if key == name), "")

    @property
    def ts_ms(self) -> int:
        """The feed's own time of its prices: the tick they belong to, by its own clock."""
        shown_ms = self.frozen_ms if self.fault is Fault.FROZEN else self.now_ms
        tick_ms = shown_ms - shown_ms % TICK_MS
        return tick_ms + CLOCKS.get(self.fault, 0) if self.fault is not None else tick_ms

    async def show(self, symbol: str) -> Shown | None:
        """The book of a symbol as this feed shows it; None if it does not know it, or leaves it out."""
        if symbol not in self.symbols or self.fault is Fault.MISSING:
            return None
        at_ms = self.frozen_ms if self.fault is Fault.FROZEN else self.now_ms
        book = await self.market.book(self.feed, *self.symbols[symbol], at_ms)
        if book is None:
            return None
        if self.fault in _ODD:
            odd = _ODD[self.fault]
            return Shown(odd, odd, odd, 0)
        bid, ask = self._moved(book.bid, book.ask)
        book = Book(bid, ask)
        return Shown(self._written(bid), self._written(ask), self._written(book.middle), book.middle)

    async def candle(self, symbol: str, minute_ms: int) -> list[str | None] | None:
        """Open, high, low and close of a minute, in writing; a feed that lies about its book lies here too."""
        if symbol not in self.symbols or self.fault is Fault.MISSING:
            return None
        ohlc = await self.market.candle(self.feed, *self.symbols[symbol], minute_ms)
        if ohlc is None:
            return None
        if self.fault in _ODD:
            return [_ODD[self.fault]] * 4
        first, high, low, last = ohlc
        low, high = self._moved(low, high)
        first, last = self._moved(first, first)[0], self._moved(last, last)[0]
        return [self._written(price) for price in (first, high, low, last)]

    def _moved(self, low: int, high: int) -> tuple[int, int]:
        """Two prices, the lower one first, as the fault moves them."""
        factor = FACTORS.get(self.fault, 1) if self.fault is not None else 1
        if self.fault is Fault.SWAPPED:
            return _UNIT * _UNIT // high, _UNIT * _UNIT // low
        return low * factor, high * factor

    def _written(self, units: int) -> str:
        return ("-" if self.fault is Fault.NEGATIVE else "") + written(units)


Shape: TypeAlias = Callable[[Desk], Awaitable[Answer]]
"""How a feed answers."""


def number(text: str | None) -> Json:
    """A price where a feed sends numbers and no strings."""
    return None if text is None else Raw(text)


def dump(value: Json) -> str:
    """JSON in which `Raw` stands as it is."""
    match value:
        case Raw():
            return str(value)
        case dict():
            return "{" + ",".join([f"{json.dumps(key)}:{dump(each)}" for key, each in value.items()]) + "}"
        case list():
            return "[" + ",".join([dump(each) for each in value]) + "]"
        case _:
            return json.dumps(value)
