"""Binance spot: all books in one call, without a time of their own; minute candles; weight counted in every answer.

One symbol it does not know fails a whole list (-1121): then all symbols are asked for at once, at the same weight.
Halted symbols are left out of the answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import PlainValidator

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, Throttled, VendorError, sentence
from rooms_oracle.feeds.vendor import Call, Gathering, Moment, Ohlc, Said, Vendor, minute_of, of_book
from rooms_oracle.wire import Digits, Price, Wire, digits_of, read

_BOOKS: Final = "/api/v3/ticker/bookTicker"
_ONLY_TRADING: Final = ("symbolStatus", "TRADING")
_LISTED: Final = 100
_INVALID_SYMBOL: Final = "-1121"
_TOO_MANY: Final = -1003


class Book(Wire):
    """A row of `bookTicker`."""

    bidPrice: Price  # noqa: N815
    askPrice: Price  # noqa: N815


class Refusal(Wire):
    """An error, whatever the status."""

    code: int
    msg: str


def _row(value: object) -> tuple[int, tuple[Digits, Digits, Digits, Digits]]:
    if not isinstance(value, list) or len(value) < 5 or type(value[0]) is not int:
        raise ValueError("no candle")
    first, high, low, last = [digits_of(each) for each in value[1:5]]
    return value[0], (first, high, low, last)


class Klines(Wire):
    """Candles: open time in ms, open, high, low, close, and what we do not use."""

    rows: list[Annotated[tuple[int, tuple[Digits, Digits, Digits, Digits]], PlainValidator(_row)]]


class Binance(Vendor):
    """How Binance is asked and read. A symbol is "SOLUSDT"."""

    name = "binance"
    batch = 10_000

    def call(self, symbols: tuple[str, ...]) -> Call:
        """The books of a list, also of one symbol, which is then missing and no error; of all if it would be long."""
        if len(symbols) > _LISTED:
            return Call(_BOOKS, (_ONLY_TRADING,), symbols, 4)
        listed = json.dumps(symbols, separators=(",", ":"))
        return Call(_BOOKS, (("symbols", listed), _ONLY_TRADING), symbols, 4)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """One row for each symbol that trades."""
        if not isinstance(body, list):
            return Err(_refused(body, 200))
        found = Gathering(call.symbols)
        for row in body:
            symbol = row.get("symbol") if isinstance(row, dict) else None
            if isinstance(symbol, str) and found.wants(symbol):
                match read(Book, row):
                    case Ok(book):
                        found.add(symbol, of_book(book.bidPrice, book.askPrice))
                    case Err() as wrong:
                        found.add(symbol, wrong)
        return Ok(found.said())

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """A 400 says with a code what it does not like."""
        return Err(_refused(body, status))

    def instead(self, call: Call, why: FeedFailure) -> Call | None:
        """All symbols, where a list held one that is unknown."""
        listed = len(call.params) > 1
        if listed and isinstance(why, VendorError) and why.code == _INVALID_SYMBOL:
            return call._replace(params=(_ONLY_TRADING,))
        return None

    def candle_call(self, symbol: str, minute_ms: int) -> Call:
        """The one candle that began then."""
        span = (("startTime", str(minute_ms)), ("endTime", str(minute_ms + 59_999)), ("limit", "1"))
        return Call("/api/v3/klines", (("symbol", symbol), ("interval", "1m"), *span), (symbol,), 2)

    def read_candle(self, call: Call, body: object, minute_ms: int) -> Result[Ohlc | None, FeedFailure]:
        """The row of that minute."""
        if not isinstance(body, list):
            return Err(_refused(body, 200))
        match read(Klines, {"rows": body}):
            case Err(wrong):
                return Err(wrong)
            case Ok(found):
                return minute_of(found.rows, minute_ms)

    def used(self, headers: Mapping[str, str]) -> int | None:
        """The weight used in this minute, by everybody at our address."""
        written = headers.get("x-mbx-used-weight-1m", "")
        return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None


def _refused(body: object, status: int) -> FeedFailure:
    match read(Refusal, body):
        case Ok(said) if said.code == _TOO_MANY:
            return Throttled()
        case Ok(said):
            return VendorError(str(said.code), sentence(said.msg))
        case Err():
            return Malformed("no list") if status == 200 else HttpStatus(status)
