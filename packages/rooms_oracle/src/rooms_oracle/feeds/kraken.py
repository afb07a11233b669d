"""Kraken spot: a list of pairs in one call, without a time of their own; minute candles. Errors come with status 200.

Pairs are asked for by Kraken's own names, which are also the keys of the answer ("XXBTZUSD").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field, PlainValidator

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Throttled, VendorError, sentence
from rooms_oracle.feeds.vendor import Call, Gathering, Moment, Ohlc, Said, Vendor, minute_of, of_book
from rooms_oracle.wire import Digits, Wire, digits_of, read

_TICKER: Final = "/0/public/Ticker"
_LISTED: Final = 50
_UNKNOWN_PAIR: Final = "EQuery:Unknown asset pair"
_OFTEN: Final = ("EGeneral:Too many requests", "EAPI:Rate limit exceeded")


class Envelope(Wire):
    """Every answer: errors, or a result by pair."""

    error: list[str]
    result: dict[str, Any] = Field(default_factory=dict)


def _best(value: object) -> Digits:
    if not isinstance(value, list) or not value:
        raise ValueError("no price level")
    return digits_of(value[0])


class Ticker(Wire):
    """A pair: best ask and bid, each with its size."""

    a: Annotated[Digits, PlainValidator(_best)]
    b: Annotated[Digits, PlainValidator(_best)]


_Row: TypeAlias = tuple[int, tuple[Digits, Digits, Digits, Digits]]


def _row(value: object) -> _Row:
    if not isinstance(value, list) or len(value) < 5 or type(value[0]) is not int:
        raise ValueError("no candle")
    first, high, low, last = [digits_of(each) for each in value[1:5]]
    return value[0], (first, high, low, last)


class Candles(Wire):
    """Candles: time in seconds, open, high, low, close, and what we do not use."""

    rows: list[Annotated[_Row, PlainValidator(_row)]]


class Kraken(Vendor):
    """How Kraken is asked and read. A symbol is its own name of a pair: "SOLUSD", "XXBTZUSD"."""

    name = "kraken"
    batch = 10_000

    def call(self, symbols: tuple[str, ...]) -> Call:
        """The tickers of a list of pairs, or of all where the list would be long."""
        listed = (("pair", ",".join(symbols)),) if len(symbols) <= _LISTED else ()
        return Call(_TICKER, listed, symbols)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """The tickers by name of the pair."""
        match _opened(body):
            case Err() as failed:
                return failed
            case Ok(result):
                found = Gathering(call.symbols)
                for symbol in call.symbols:
                    if symbol in result:
                        match read(Ticker, result[symbol]):
                            case Ok(said):
                                found.add(symbol, of_book(said.b, said.a))
                            case Err() as wrong:
                                found.add(symbol, wrong)
                return Ok(found.said())

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """An error in the usual envelope, whatever the status."""
        match _opened(body):
            case Err(VendorError() | Throttled() as why):
                return Err(why)
            case _:
                return Err(HttpStatus(status))

    def instead(self, call: Call, why: FeedFailure) -> Call | None:
        """All pairs, where a list held one that is unknown."""
        if call.params and isinstance(why, VendorError) and why.code == _UNKNOWN_PAIR:
            return call._replace(params=())
        return None

    def candle_call(self, symbol: str, minute_ms: int) -> Call:
        """The candles after the minute before."""
        since = str(minute_ms // 1_000 - 60)
        return Call("/0/public/OHLC", (("pair", symbol), ("interval", "1"), ("since", since)), (symbol,))

    def read_candle(self, call: Call, body: object, minute_ms: int) -> Result[Ohlc | None, FeedFailure]:
        """The row of that minute, if there was a trade in it."""
        match _opened(body):
            case Err() as failed:
                return failed
            case Ok(result):
                match read(Candles, {"rows": result.get(call.symbols[0])}):
                    case Ok(found):
                        return minute_of(found.rows, minute_ms // 1_000)
                    case Err(wrong):
                        return Err(wrong)


def _opened(body: object) -> Result[Mapping[str, Any], FeedFailure]:
    """The result of an answer that is no error; warnings ("W…") are none."""
    match read(Envelope, body):
        case Err(wrong):
            return Err(wrong)
        case Ok(said):
            errors = [each for each in said.error if not each.startswith("W")]
            if not errors:
                return Ok(said.result)
            if any(each in _OFTEN for each in errors):
                return Err(Throttled())
            return Err(VendorError(sentence(errors[0]), sentence(", ".join(errors))))
