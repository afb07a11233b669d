"""OKX spot: the tickers of all pairs in one call, each with its own time. Errors come with status 200 and a code."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Throttled, VendorError, sentence
from rooms_oracle.feeds.vendor import Call, Gathering, Moment, Said, Vendor, of_book
from rooms_oracle.wire import Millis, Price, Wire, read

_FINE: Final = "0"
_OFTEN: Final = "50011"


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


def _refused(said: Envelope) -> FeedFailure:
    return Throttled() if said.code == _OFTEN else VendorError(sentence(said.code), sentence(said.msg))
