"""OKX's channel `tickers`: a pair's book with its time, at most every 100 ms; `ping` in plain text is answered `pong`.

A pair it does not know is refused by name, and the others of the same message are served. 480 subscriptions an hour
may be asked for on a connection, and nobody may be silent for 30 s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import Malformed, VendorError, sentence
from rooms_oracle.feeds.okx import Ticker
from rooms_oracle.limiter import Limit
from rooms_oracle.streams.vendor import (
    About,
    Answer,
    Refused,
    Sign,
    Sorted,
    StreamVendor,
    Told,
    read_text,
    told,
)
from rooms_oracle.wire import Wire, read_json

_PING: Final = "ping"
_PONG: Final = "pong"
_CHANNEL: Final = "tickers"


class Channel(Wire):
    """Which channel of which pair."""

    channel: str
    instId: str  # noqa: N815


class Row(Ticker):
    """A pair's ticker, by its name."""

    instId: str  # noqa: N815


class Push(Wire):
    """A message with a price."""

    arg: Channel
    data: list[Row]


class OkxStream(StreamVendor):
    """How OKX's stream is asked and read. A symbol is "SOL-USDT"."""

    name = "okx"
    most = 400
    batch = 100
    sends = Limit(units=480, per_ms=3_600_000, burst=40)
    opens = Limit(units=3, per_ms=1_000, burst=2)
    question_ms = 2_500
    quick = re.compile(r'^\{"arg":\{"channel":"tickers","instId":"([^"\\]{1,40})"\},"data":')

    def subscribe(self, symbols: Iterable[str], number: int) -> str:
        """Their tickers."""
        return _op("subscribe", symbols)

    def unsubscribe(self, symbols: Iterable[str], number: int) -> str:
        """Their tickers no longer."""
        return _op("unsubscribe", symbols)

    def question(self, number: int) -> str:
        """The ping of OKX, which has no number."""
        return _PING

    def sort(self, text: str) -> Sorted:
        """A pong, an event, or a ticker whose fields stand in another order."""
        if text == _PONG:
            return Answer(None)
        match read_json(text.encode()):
            case Ok({"arg": {"channel": "tickers", "instId": str(symbol)}, "data": _}):
                return About(symbol)
            case Ok({"event": "subscribe" | "unsubscribe" | "channel-conn-count"}):
                return Sign.BEAT
            case Ok({"event": "notice"}):
                return Sign.LEAVING
            case Ok({"event": "error", **rest}):
                reason = sentence(rest.get("msg"))
                return Refused(VendorError(sentence(rest.get("code")), reason), reason)
            case _:
                return Sign.UNKNOWN

    def read(self, symbol: str, text: str) -> Result[Told, Malformed]:
        """The middle of the pair's book, and its time."""
        match read_text(Push, text):
            case Err() as wrong:
                return wrong
            case Ok(said) if not said.data:
                return Err(Malformed("no ticker"))
            case Ok(said) if {said.arg.instId, *[row.instId for row in said.data]} != {symbol}:
                return Err(Malformed("another symbol"))
            case Ok(said):
                newest = said.data[-1]
                return told(newest.bidPx, newest.askPx, newest.ts, newest.ts)


def _op(op: str, symbols: Iterable[str]) -> str:
    args = [{"channel": _CHANNEL, "instId": symbol} for symbol in symbols]
    return json.dumps({"op": op, "args": args}, separators=(",", ":"))
