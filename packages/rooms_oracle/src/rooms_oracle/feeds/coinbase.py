"""Coinbase Exchange: true dollars, one product a call, with the time of the last trade; minute candles.

The price is the middle of the book; the time is that of the last trade and so never too young. In a quiet market the
age grows, and the price is refused as stale rather than believed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias

from pydantic import PlainValidator

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, VendorError, sentence
from rooms_oracle.feeds.vendor import Call, Gathering, Moment, Ohlc, Said, Vendor, minute_of, of_book
from rooms_oracle.wire import Digits, Instant, Price, Wire, digits_of, read

_MINUTE_S: Final = 60


class Ticker(Wire):
    """A product's ticker."""

    bid: Price
    ask: Price
    time: Instant


class Refusal(Wire):
    """An error."""

    message: str


_Row: TypeAlias = tuple[int, tuple[Digits, Digits, Digits, Digits]]


def _row(value: object) -> _Row:
    if not isinstance(value, list) or len(value) < 5 or type(value[0]) is not int:
        raise ValueError("no candle")
    low, high, first, last = [digits_of(each) for each in value[1:5]]
    return value[0], (first, high, low, last)


class Candles(Wire):
    """Candles: time in seconds, low, high, open, close, volume; newest first, minutes without trades left out."""

    rows: list[Annotated[_Row, PlainValidator(_row)]]


class Coinbase(Vendor):
    """How Coinbase is asked and read. A symbol is "SOL-USD"."""

    name = "coinbase"

    def call(self, symbols: tuple[str, ...]) -> Call:
        """One product's ticker."""
        return Call(f"/products/{symbols[0]}/ticker", (), symbols)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """The one ticker; a product without a book is refused by name."""
        refused = _refused(body)
        if refused is not None:
            return Err(refused)
        found = Gathering(call.symbols)
        match read(Ticker, body):
            case Ok(said):
                found.add(call.symbols[0], of_book(said.bid, said.ask, said.time))
            case Err() as wrong:
                found.add(call.symbols[0], wrong)
        return Ok(found.said())

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """404 is a product that it does not know, and no failure."""
        if status == 404:
            return Ok(Gathering(call.symbols).said())
        return Err(_refused(body) or HttpStatus(status))

    def candle_call(self, symbol: str, minute_ms: int) -> Call:
        """The candles that began in that minute."""
        start, end = _iso(minute_ms), _iso(minute_ms + 59_000)
        params = (("granularity", str(_MINUTE_S)), ("start", start), ("end", end))
        return Call(f"/products/{symbol}/candles", params, (symbol,))

    def read_candle(self, call: Call, body: object, minute_ms: int) -> Result[Ohlc | None, FeedFailure]:
        """The row of that minute, if there was a trade in it."""
        refused = _refused(body)
        if refused is not None:
            return Err(refused)
        match read(Candles, {"rows": body}):
            case Ok(found):
                return minute_of(found.rows, minute_ms // 1_000)
            case Err(wrong):
                return Err(wrong)


def _refused(body: object) -> VendorError | None:
    match read(Refusal, body):
        case Ok(said):
            return VendorError("", sentence(said.message))
        case Err():
            return None


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
