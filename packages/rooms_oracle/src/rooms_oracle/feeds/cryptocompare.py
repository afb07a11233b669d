"""CryptoCompare (CoinDesk Data), with a paid key: many symbols in one call, with times. Errors come with status 200."""

from __future__ import annotations

from typing import Any, Final, Literal

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, Throttled, VendorError, sentence
from rooms_oracle.feeds.vendor import Call, Gathering, Moment, Priced, Said, Vendor
from rooms_oracle.wire import Price, Seconds, Wire, read

_OFTEN: Final = 99


class Pair(Wire):
    """A symbol in dollars. Symbols are repeated, so that a swapped pair is noticed."""

    FROMSYMBOL: str
    TOSYMBOL: Literal["USD"]
    PRICE: Price
    LASTUPDATE: Seconds


class InDollars(Wire):
    """A symbol's prices by currency."""

    USD: Pair


class Envelope(Wire):
    """Prices by symbol."""

    RAW: dict[str, Any]


class Refusal(Wire):
    """An error."""

    Response: Literal["Error"]
    Message: str = ""
    Type: int = 0


class CryptoCompare(Vendor):
    """How CryptoCompare is asked and read. A symbol is "SOL"."""

    name = "cryptocompare"
    batch = 50

    def call(self, symbols: tuple[str, ...]) -> Call:
        """The full prices, which alone have a time; never converted through another coin."""
        params = (("fsyms", ",".join(symbols)), ("tsyms", "USD"), ("tryConversion", "false"))
        return Call("/data/pricemultifull", params, symbols)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """The raw prices by symbol. An error is looked for first."""
        refused = _refused(body)
        if refused is not None:
            return Err(refused)
        match read(Envelope, body):
            case Err(wrong):
                return Err(wrong)
            case Ok(said):
                found = Gathering(call.symbols)
                for symbol in call.symbols:
                    if symbol in said.RAW:
                        found.add(symbol, _priced(symbol, said.RAW[symbol]))
                return Ok(found.said())

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """What it says is wrong."""
        return Err(_refused(body) or HttpStatus(status))


def _priced(symbol: str, row: object) -> Result[Priced, Malformed]:
    match read(InDollars, row):
        case Err() as wrong:
            return wrong
        case Ok(InDollars(USD=pair)) if pair.FROMSYMBOL != symbol:
            return Err(Malformed("another symbol"))
        case Ok(InDollars(USD=pair)):
            return Ok(Priced(pair.PRICE.units, 0, pair.PRICE.text, pair.LASTUPDATE))


def _refused(body: object) -> FeedFailure | None:
    match read(Refusal, body):
        case Ok(said) if said.Type == _OFTEN:
            return Throttled()
        case Ok(said):
            return VendorError(str(said.Type), sentence(said.Message))
        case Err():
            return None
