"""What all feeds have in common: a call to make, what an answer says of each symbol, and a minute's candle.

A feed is pure: it describes calls and reads answers. Who makes the calls, when and how often, is `client`'s.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple, TypeAlias

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed
from rooms_oracle.transport import Params
from rooms_oracle.wire import Digits

UNAVAILABLE: Final = "UNAVAILABLE"
"""The feed was asked for a symbol and had nothing to say of it."""

Ohlc: TypeAlias = tuple[int, int, int, int]
"""Open, high, low and close of a minute, in 10^-12 of the quote currency."""


class Call(NamedTuple):
    """One GET: what it costs in the vendor's unit, and the symbols it is made for."""

    path: str
    params: Params
    symbols: tuple[str, ...]
    weight: int = 1


class Moment(NamedTuple):
    """When a call was started, and the newest slot of the chain as far as it is known."""

    asked_ms: int
    slot: int | None = None


class Priced(NamedTuple):
    """What a feed says of one symbol, in 10^-12 of its quote currency; `ts_ms` is the feed's own time if any."""

    price: int
    conf: int
    raw: str
    ts_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says of the symbols it was asked for: a price for some, a reason for each of the others."""

    prices: Mapping[str, Priced]
    refused: Mapping[str, str] = field(default_factory=dict)


class Gathering:
    """Collects an answer symbol by symbol; what was not asked for is passed over, what is said twice is refused."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self._asked = dict.fromkeys(symbols, UNAVAILABLE)
        self._prices: dict[str, Priced] = {}
        self._seen: set[str] = set()

    def wants(self, symbol: object) -> bool:
        """Whether this symbol was asked for."""
        return isinstance(symbol, str) and symbol in self._asked

    def add(self, symbol: str, said: Result[Priced, Malformed]) -> None:
        """What the answer says of a symbol that was asked for."""
        match said:
            case Ok(priced) if symbol not in self._seen:
                self._prices[symbol] = priced
            case Ok():
                self._prices.pop(symbol, None)
                self._asked[symbol] = "said twice"
            case Err(why):
                self._prices.pop(symbol, None)
                self._asked[symbol] = why.what
        self._seen.add(symbol)

    def said(self) -> Said:
        """The whole answer."""
        return Said(
            self._prices, {name: why for name, why in self._asked.items() if name not in self._prices}
        )


def of_book(bid: Digits, ask: Digits, ts_ms: int | None = None) -> Result[Priced, Malformed]:
    """The middle of a book, and half of its spread as the half-width; a crossed book is none."""
    if bid.units > ask.units:
        return Err(Malformed("bid above ask"))
    middle, odd = divmod(bid.units + ask.units, 2)
    middle += odd & middle  # half-even
    return Ok(Priced(middle, (ask.units - bid.units + 1) // 2, f"{bid.text}/{ask.text}", ts_ms))


def candle_of(first: Digits, high: Digits, low: Digits, last: Digits) -> Result[Ohlc, Malformed]:
    """A candle whose high and low are what they say."""
    ohlc = (first.units, high.units, low.units, last.units)
    if max(ohlc) != high.units or min(ohlc) != low.units:
        return Err(Malformed("high and low of a candle"))
    return Ok(ohlc)


def minute_of(
    rows: Iterable[tuple[int, tuple[Digits, Digits, Digits, Digits]]], began: int
) -> Result[Ohlc | None, Malformed]:
    """The candle that began then, of rows with their times; None if there is none. Two of one minute are none."""
    found = [ohlc for at, ohlc in rows if at == began]
    if len(found) > 1:
        return Err(Malformed("a minute twice"))
    return candle_of(*found[0]) if found else Ok(None)


class Vendor(ABC):
    """A feed, as far as feeds are alike. `batch` is how many symbols one call carries."""

    name: ClassVar[str]
    batch: ClassVar[int] = 1

    def calls(self, symbols: Sequence[str]) -> list[Call]:
        """The calls that ask for these symbols."""
        groups = range(0, len(symbols), self.batch)
        return [self.call(tuple(symbols[start : start + self.batch])) for start in groups]

    @abstractmethod
    def call(self, symbols: tuple[str, ...]) -> Call:
        """The call that asks for at most `batch` symbols."""

    @abstractmethod
    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """What the JSON of a 200 says. It may still be an error."""

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """What another status says (not 401, 403, 418, 429, 451 or 5xx); `body` is None where it is no JSON."""
        return Err(HttpStatus(status))

    def instead(self, call: Call, why: FeedFailure) -> Call | None:
        """What to ask at once because this call failed for one of its symbols; None: nothing."""
        return None

    def again(self, call: Call, said: Said) -> Call | None:
        """What to ask once more because the answer lacked symbols that it may still know; None: nothing."""
        return None

    def candle_call(self, symbol: str, minute_ms: int) -> Call | None:
        """The call for a minute's candle; None: it has none."""
        return None

    def read_candle(self, call: Call, body: object, minute_ms: int) -> Result[Ohlc | None, FeedFailure]:
        """The candle in the JSON of a 200; None: nothing was traded in that minute."""
        return Ok(None)

    def used(self, headers: Mapping[str, str]) -> int | None:
        """How much of its limit the vendor says is used."""
        return None
