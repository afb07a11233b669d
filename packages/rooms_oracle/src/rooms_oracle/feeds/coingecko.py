"""CoinGecko: prices computed from exchanges, 20 to 60 s old by design: a reference, no witness of a touch."""

from __future__ import annotations

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, VendorError, sentence
from rooms_oracle.feeds.vendor import Call, Gathering, Moment, Priced, Said, Vendor
from rooms_oracle.wire import Price, Seconds, Wire, read


class Coin(Wire):
    """A coin's price; a coin without one is an empty object."""

    usd: Price
    last_updated_at: Seconds


class Status(Wire):
    """What is wrong, in one of two forms."""

    error_code: int
    error_message: str = ""


class Refusal(Wire):
    """The first form."""

    status: Status


class ShortRefusal(Wire):
    """The second form."""

    error: str


class CoinGecko(Vendor):
    """How CoinGecko is asked and read. A symbol is its id of a coin ("solana"): tickers are not unique there."""

    name = "coingecko"
    batch = 100

    def call(self, symbols: tuple[str, ...]) -> Call:
        """The dollar prices of these ids with all of their digits."""
        options = (("vs_currencies", "usd"), ("include_last_updated_at", "true"), ("precision", "full"))
        return Call("/simple/price", (("ids", ",".join(symbols)), *options), symbols)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """An object by id; what is unknown or without a price is missing."""
        refused = _refused(body)
        if refused is not None:
            return Err(refused)
        if not isinstance(body, dict):
            return Err(Malformed("no object"))
        found = Gathering(call.symbols)
        for symbol in call.symbols:
            if body.get(symbol):
                match read(Coin, body[symbol]):
                    case Ok(coin):
                        found.add(symbol, Ok(Priced(coin.usd.units, 0, coin.usd.text, coin.last_updated_at)))
                    case Err() as wrong:
                        found.add(symbol, wrong)
        return Ok(found.said())

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """What it says is wrong."""
        return Err(_refused(body) or HttpStatus(status))


def _refused(body: object) -> VendorError | None:
    match read(Refusal, body):
        case Ok(said):
            return VendorError(str(said.status.error_code), sentence(said.status.error_message))
        case Err():
            pass
    match read(ShortRefusal, body):
        case Ok(short):
            return VendorError("", sentence(short.error))
        case Err():
            return None
