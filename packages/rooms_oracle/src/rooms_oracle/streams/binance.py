"""Binance's combined stream of books (`bookTicker`): sent on each change, counted, and without a time of their own.

A question that anybody may ask (`GET_PROPERTY`) is answered between the books: what comes after the answer was sent
after the question. At most 5 messages a second may be sent to Binance, and 1,024 streams stand on a connection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import Malformed, VendorError, sentence
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
from rooms_oracle.wire import Price, Wire, read_json

_STREAM: Final = "@bookTicker"


class Book(Wire):
    """The best bid and ask; `u` counts the changes of a symbol's book."""

    u: int
    s: str
    b: Price
    a: Price


class Combined(Wire):
    """A message of the combined stream."""

    stream: str
    data: Book


class BinanceStream(StreamVendor):
    """How Binance's stream is asked and read. A symbol is "SOLUSDT", its stream is in lower case."""

    name = "binance"
    most = 800
    batch = 200
    sends = Limit(units=3, per_ms=1_000, burst=2)  # a question and a pong a second come on top
    opens = Limit(units=300, per_ms=300_000, burst=10)
    question_ms = 1_000
    quick = re.compile(r'^\{"stream":"[^"\\]{1,60}","data":\{(?:"u":[0-9]{1,24},)?"s":"([^"\\]{1,40})"')

    def subscribe(self, symbols: Iterable[str], number: int) -> str:
        """Their books."""
        return _method("SUBSCRIBE", [_stream(symbol) for symbol in symbols], number)

    def unsubscribe(self, symbols: Iterable[str], number: int) -> str:
        """Their books no longer."""
        return _method("UNSUBSCRIBE", [_stream(symbol) for symbol in symbols], number)

    def question(self, number: int) -> str:
        """Whether the stream is a combined one: a short answer with the same number."""
        return _method("GET_PROPERTY", ["combined"], number)

    def sort(self, text: str) -> Sorted:
        """An answer with its number, an error, or an event; a book whose fields stand in another order is one too."""
        match read_json(text.encode()):
            case Ok(dict() as body):
                return _sorted(body)
            case _:
                return Sign.UNKNOWN

    def read(self, symbol: str, text: str) -> Result[Told, Malformed]:
        """The middle of its book."""
        match read_text(Combined, text):
            case Err() as wrong:
                return wrong
            case Ok(said) if said.stream != _stream(symbol) or said.data.s != symbol:
                return Err(Malformed("another symbol"))
            case Ok(said):
                return told(said.data.b, said.data.a, said.data.u)


def _sorted(body: dict[str, Any]) -> Sorted:
    data = body.get("data", body)
    if isinstance(data, dict):
        if data.get("e") == "serverShutdown":
            return Sign.LEAVING
        if isinstance(data.get("s"), str) and str(body.get("stream")).endswith(_STREAM):
            return About(data["s"])
    error = body.get("error", body)
    if isinstance(error, dict) and type(error.get("code")) is int:
        return Refused(VendorError(str(error["code"]), sentence(error.get("msg"))), "")
    number = body.get("id")
    return Answer(number) if type(number) is int and "result" in body else Sign.UNKNOWN


def _stream(symbol: str) -> str:
    return symbol.lower() + _STREAM


def _method(method: str, params: list[str], number: int) -> str:
    return json.dumps({"method": method, "params": params, "id": number}, separators=(",", ":"))
