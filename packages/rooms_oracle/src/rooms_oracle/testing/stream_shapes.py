"""The three streams as they speak: what they answer, and how they say a price."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from rooms_oracle.testing.desk import Json, Shown, dump


class StreamShape(ABC):
    """One conversation. `subscribed` grows and shrinks as it is asked; every `beat_seconds` it says it is alive."""

    beat_seconds: float = 0.0

    def __init__(self, symbols: Mapping[str, object]) -> None:
        self.symbols = symbols
        self.subscribed: dict[str, None] = {}

    @abstractmethod
    def hear(self, message: str) -> list[str]:
        """What is answered to a message."""

    @abstractmethod
    def price(self, symbol: str, shown: Shown, order: int, ts_ms: int) -> str:
        """A price as it is sent."""

    def beat(self, now_ms: int) -> list[str]:
        """What is said every now and then, whether or not anything has changed."""
        return []

    @abstractmethod
    def leaving(self) -> str:
        """Word that the connection will soon be closed, or what comes next to it."""

    def _change(self, symbols: list[str], *, add: bool) -> None:
        for symbol in symbols:
            if add:
                self.subscribed[symbol] = None
            else:
                self.subscribed.pop(symbol, None)


class BinanceShape(StreamShape):
    """A combined stream of books."""

    def hear(self, message: str) -> list[str]:
        """Every method is answered with its number; an unknown symbol is subscribed and silent."""
        asked = json.loads(message)
        if asked["method"] == "GET_PROPERTY":
            return [dump({"result": True, "id": asked["id"]})]
        names = {symbol.lower() + "@bookTicker": symbol for symbol in self.symbols}
        known = [names[stream] for stream in asked["params"] if stream in names]
        self._change(known, add=asked["method"] == "SUBSCRIBE")
        return [dump({"result": None, "id": asked["id"]})]

    def price(self, symbol: str, shown: Shown, order: int, ts_ms: int) -> str:
        """A book, with its number and without a time."""
        book: dict[str, Json] = {"b": shown.bid, "B": "812.44000000", "a": shown.ask, "A": "95.10000000"}
        return dump({"stream": f"{symbol.lower()}@bookTicker", "data": {"u": order, "s": symbol, **book}})

    def leaving(self) -> str:
        """The event for it."""
        return dump({"stream": "", "data": {"e": "serverShutdown", "E": 1}})


class CoinbaseShape(StreamShape):
    """Tickers and heartbeats."""

    beat_seconds = 1.0

    def hear(self, message: str) -> list[str]:
        """One unknown product fails the whole message."""
        asked = json.loads(message)
        symbols = asked["product_ids"]
        unknown = [symbol for symbol in symbols if symbol not in self.symbols]
        if unknown:
            reason = f"{unknown[0]} is not a valid product"
            return [dump({"type": "error", "message": "Failed to subscribe", "reason": reason})]
        self._change(symbols, add=asked["type"] == "subscribe")
        products: list[Json] = [*self.subscribed]
        return [dump({"type": "subscriptions", "channels": [{"name": "ticker", "product_ids": products}]})]

    def price(self, symbol: str, shown: Shown, order: int, ts_ms: int) -> str:
        """A ticker, as after a trade."""
        said: dict[str, Json] = {"type": "ticker", "sequence": order, "product_id": symbol}
        said |= {"price": shown.last, "open_24h": "160.0", "best_bid": shown.bid, "best_bid_size": "1.0"}
        return dump({**said, "best_ask": shown.ask, "side": "buy", "time": _iso(ts_ms), "trade_id": 7})

    def beat(self, now_ms: int) -> list[str]:
        """A heartbeat for each product."""
        return [
            dump({"type": "heartbeat", "sequence": 9, "product_id": symbol, "time": _iso(now_ms)})
            for symbol in self.subscribed
        ]

    def leaving(self) -> str:
        """It has no word for it: a status, of which nothing follows."""
        return dump({"type": "status"})


class OkxShape(StreamShape):
    """Tickers by pair."""

    def hear(self, message: str) -> list[str]:
        """A ping in plain text; each argument of a subscription is answered by itself."""
        if message == "ping":
            return ["pong"]
        asked = json.loads(message)
        said = []
        for arg in asked["args"]:
            if arg["instId"] in self.symbols:
                self._change([arg["instId"]], add=asked["op"] == "subscribe")
                said.append(dump({"event": asked["op"], "arg": arg, "connId": "a4d3ae55"}))
            else:
                why = f"Wrong URL or channel:tickers,instId:{arg['instId']} doesn't exist."
                said.append(dump({"event": "error", "code": "60018", "msg": why, "connId": "a4d3ae55"}))
        return said

    def price(self, symbol: str, shown: Shown, order: int, ts_ms: int) -> str:
        """A ticker with its time."""
        row: dict[str, Json] = {"instType": "SPOT", "instId": symbol, "last": shown.last, "lastSz": "1.2"}
        row |= {"askPx": shown.ask, "askSz": "20", "bidPx": shown.bid, "bidSz": "11", "ts": str(ts_ms)}
        return dump({"arg": {"channel": "tickers", "instId": symbol}, "data": [row]})

    def leaving(self) -> str:
        """The notice for it."""
        return dump({"event": "notice", "code": "64008", "msg": "The connection will soon be closed."})


STREAM_SHAPES: Final[Mapping[str, type[StreamShape]]] = {
    "binance": BinanceShape,
    "coinbase": CoinbaseShape,
    "okx": OkxShape,
}
"""How each stream speaks."""


def _iso(at_ms: int) -> str:
    written = datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="microseconds")
    return written.replace("+00:00", "Z")
