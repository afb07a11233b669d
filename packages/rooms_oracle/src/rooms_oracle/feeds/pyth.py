"""Pyth through Hermes: many feeds in one call, each with a confidence and the time at which it was published."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, VendorError, sentence
from rooms_oracle.feeds.vendor import Call, Gathering, Moment, Priced, Said, Vendor
from rooms_oracle.wire import Seconds, Wire, amount_of, digits_of, read

_Whole = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]


class Update(Wire):
    """A price is `price` × 10^`expo`, and lies within ± `conf` × 10^`expo`."""

    price: _Whole
    conf: _Whole
    expo: Annotated[int, Field(ge=-24, le=6)]
    publish_time: Seconds


class Parsed(Wire):
    """One feed's update."""

    price: Update


class Envelope(Wire):
    """Every answer."""

    parsed: list[Any]


class Refusal(Wire):
    """An error."""

    error: str


class Pyth(Vendor):
    """How Hermes is asked and read. A symbol is a feed's id: 64 hex digits without 0x."""

    name = "pyth"
    batch = 100

    def call(self, symbols: tuple[str, ...]) -> Call:
        """The newest update of each id; unknown ids are left out."""
        options = (("parsed", "true"), ("encoding", "hex"), ("ignore_invalid_price_ids", "true"))
        return Call("/v2/updates/price/latest", (*[("ids[]", each) for each in symbols], *options), symbols)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """The parsed updates."""
        match read(Refusal, body):
            case Ok(refused):
                return Err(VendorError("", sentence(refused.error)))
            case Err():
                pass
        match read(Envelope, body):
            case Err(wrong):
                return Err(wrong)
            case Ok(said):
                found = Gathering(call.symbols)
                for row in said.parsed:
                    symbol = row.get("id") if isinstance(row, dict) else None
                    if isinstance(symbol, str) and found.wants(symbol):
                        found.add(symbol, _priced(row))
                return Ok(found.said())

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """An error may be a sentence."""
        match read(Refusal, body):
            case Ok(refused):
                return Err(VendorError(str(status), sentence(refused.error)))
            case Err():
                return Err(HttpStatus(status))


def _priced(row: object) -> Result[Priced, Malformed]:
    match read(Parsed, row):
        case Err() as wrong:
            return wrong
        case Ok(Parsed(price=update)):
            try:
                price = digits_of(update.price, shift=update.expo)
                conf = amount_of(update.conf, shift=update.expo)
            except ValueError as error:
                return Err(Malformed(str(error)))
            raw = f"{update.price}e{update.expo}"
            return Ok(Priced(price.units, conf.units, raw, update.publish_time))
