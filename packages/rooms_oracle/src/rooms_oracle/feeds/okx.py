"""OKX spot: the tickers of all pairs in one call, each with its own time; minute candles.

Errors come with status 200 and a code. A candle says of itself whether it is finished; one that is not counts for
nothing, and is asked for again. Candles go back by a day (1,440 of them).
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field, PlainValidator

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Throttled, VendorError, sentence
from rooms_oracle.feeds.vendor import Call, Gathering, Moment, Ohlc, Said, Vendor, minute_of, of_book
from rooms_oracle.wire import Digits, Millis, Price, Wire, digits_of, millis_of, read

_FINE: Final = "0"
_OFTEN: Final = "50011"
_FINISHED: Final = "1"


class Envelope(Wire):
    """Every answer."""

    code: str
    msg: str = ""
    data: list[Any] = Field(default_factory=list)


class Ticker(Wire):
    """A pair."""

    bidPx: Price  # noqa: N815
    askPx: Price  # noqa: N815
    ts: Millis


_Row: TypeAlias = tuple[int, tuple[Digits, Digits, Digits, Digits]]


def _row(value: object) -> _Row:
    if not isinstance(value, list) or len(value) < 9:
        raise ValueError("no candle")
    if value[8] != _FINISHED:
        raise ValueError("not finished")
    first, high, low, last = [digits_of(each) for each in value[1:5]]
    return millis_of(value[0]), (first, high, low, last)


class Candles(Wire):
    """Candles: time in ms, open, high, low, close, three volumes, and whether it is finished; newest first."""

    rows: list[Annotated[_Row, PlainValidator(_row)]]


class Okx(Vendor):
    """How OKX is asked and read. A symbol is "SOL-USDT"."""

    name = "okx"
    batch = 10_000

    def call(self, symbols: tuple[str, ...]) -> Call:
        """All pairs at once, whichever of them are wanted."""
        return Call("/api/v5/market/tickers", (("instType", "SPOT"),), symbols)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """One row for each pair."""
        match read(Envelope, body):
            case Err(wrong):
                return Err(wrong)
            case Ok(said) if said.code != _FINE:
                return Err(_refused(said))
            case Ok(said):
                found = Gathering(call.symbols)
                for row in said.data:
                    symbol = row.get("instId") if isinstance(row, dict) else None
                    if isinstance(symbol, str) and found.wants(symbol):
                        match read(Ticker, row):
                            case Ok(book):
                                found.add(symbol, of_book(book.bidPx, book.askPx, book.ts))
                            case Err() as unread:
                                found.add(symbol, unread)
                return Ok(found.said())

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """An error in the usual envelope."""
        match read(Envelope, body):
            case Ok(said) if said.code != _FINE:
                return Err(_refused(said))
            case _:
                return Err(HttpStatus(status))

    def candle_call(self, symbol: str, minute_ms: int) -> Call:
        """The one candle that is newer than `before` and older than `after`; both ends are left out."""
        span = (("after", str(minute_ms + 1)), ("before", str(minute_ms - 1)), ("limit", "1"))
        return Call("/api/v5/market/candles", (("instId", symbol), ("bar", "1m"), *span), (symbol,))

    def read_candle(self, call: Call, body: object, minute_ms: int) -> Result[Ohlc | None, FeedFailure]:
        """The row of that minute."""
        match read(Envelope, body):
            case Err(wrong):
                return Err(wrong)
            case Ok(said) if said.code != _FINE:
                return Err(_refused(said))
            case Ok(said):
                match read(Candles, {"rows": said.data}):
                    case Err(unread):
                        return Err(unread)
                    case Ok(found):
                        return minute_of(found.rows, minute_ms)


def _refused(said: Envelope) -> FeedFailure:
    return Throttled() if said.code == _OFTEN else VendorError(sentence(said.code), sentence(said.msg))
