"""Coinbase's channel `ticker`: the book at each trade, with its time and a count, and a heartbeat every second.

Whoever does not subscribe within 5 s is sent away. One product it does not know fails a whole subscription, and the
refusal names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import Malformed, VendorError, sentence
from rooms_oracle.limiter import Limit
from rooms_oracle.streams.vendor import About, Refused, Sign, Sorted, StreamVendor, Told, read_text, told
from rooms_oracle.wire import Instant, Price, Wire, read_json

_TICKER: Final = "ticker"


class Ticker(Wire):
    """A product's book as of its last trade."""

    type: str
    sequence: int
    product_id: str
    best_bid: Price
    best_ask: Price
    time: Instant


class CoinbaseStream(StreamVendor):
    """How Coinbase's stream is asked and read. A symbol is "SOL-USD"."""

    name = "coinbase"
    most = 200
    batch = 50
    sends = Limit(units=100, per_ms=1_000, burst=20)
    opens = Limit(units=8, per_ms=1_000, burst=6)
    quick = re.compile(r'^\{"type":"ticker","sequence":[0-9]{1,24},"product_id":"([^"\\]{1,40})"')

    def subscribe(self, symbols: Iterable[str], number: int) -> str:
        """Their tickers and heartbeats."""
        return _said("subscribe", symbols)

    def unsubscribe(self, symbols: Iterable[str], number: int) -> str:
        """Neither any longer."""
        return _said("unsubscribe", symbols)

    def sort(self, text: str) -> Sorted:
        """By its type; a ticker whose fields stand in another order is one too."""
        match read_json(text.encode()):
            case Ok({"type": "ticker", "product_id": str(symbol)}):
                return About(symbol)
            case Ok({"type": "heartbeat" | "subscriptions"}):
                return Sign.BEAT
            case Ok({"type": "error", **rest}):
                reason = sentence(rest.get("reason"))
                return Refused(VendorError(sentence(rest.get("message")), reason), reason)
            case _:
                return Sign.UNKNOWN

    def read(self, symbol: str, text: str) -> Result[Told, Malformed]:
        """The middle of the book at the last trade, and that trade's time."""
        match read_text(Ticker, text):
            case Err() as wrong:
                return wrong
            case Ok(said) if said.type != _TICKER or said.product_id != symbol:
                return Err(Malformed("another symbol"))
            case Ok(said):
                return told(said.best_bid, said.best_ask, said.sequence, said.time)


def _said(what: str, symbols: Iterable[str]) -> str:
    asked = {"type": what, "product_ids": list(symbols), "channels": [_TICKER, "heartbeat"]}
    return json.dumps(asked, separators=(",", ":"))
