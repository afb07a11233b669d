"""Jupiter's prices: many mints in one call, with a key. Their age is counted in slots of the chain."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, VendorError, sentence
from rooms_oracle.feeds.vendor import Call, Gathering, Moment, Priced, Said, Vendor
from rooms_oracle.wire import Price, Wire, read

SLOT_MS: Final = 400


class Token(Wire):
    """A mint's price, and the slot it was made at."""

    usdPrice: Price  # noqa: N815
    blockId: Annotated[int, Field(ge=0, lt=2**48)] | None = None  # noqa: N815


class Refusal(Wire):
    """An error, by a number or by a word."""

    code: int | str = ""
    message: str


class Jupiter(Vendor):
    """How Jupiter is asked and read. A symbol is a mint."""

    name = "jupiter"
    batch = 50

    def call(self, symbols: tuple[str, ...]) -> Call:
        """The prices of some mints."""
        return Call("/price/v3", (("ids", ",".join(symbols)),), symbols)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """An object by mint; what it cannot price is left out. Without a slot to compare with, the request's time."""
        refused = _refused(body)
        if refused is not None:
            return Err(refused)
        if not isinstance(body, dict):
            return Err(Malformed("no object"))
        found = Gathering(call.symbols)
        for symbol in call.symbols:
            if body.get(symbol) is not None:
                match read(Token, body[symbol]):
                    case Ok(token):
                        price = Priced(token.usdPrice.units, 0, token.usdPrice.text, _made_at(token, at))
                        found.add(symbol, Ok(price))
                    case Err() as wrong:
                        found.add(symbol, wrong)
        return Ok(found.said())

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """What it says is wrong."""
        return Err(_refused(body) or HttpStatus(status))


def _made_at(token: Token, at: Moment) -> int | None:
    if token.blockId is None or at.slot is None:
        return None
    return at.asked_ms - (at.slot - token.blockId) * SLOT_MS


def _refused(body: object) -> VendorError | None:
    match read(Refusal, body):
        case Ok(said):
            return VendorError(sentence(str(said.code)), sentence(said.message))
        case Err():
            return None
