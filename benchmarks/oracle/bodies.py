"""Answers of five feeds at the sizes and with the fields they have in the world, a thousand coins in each of them.

Three of them send all pairs in one answer, as they do: 3,500 books of Binance, 1,100 pairs of OKX and of Kraken. Pyth
carries 100 ids in a call and CryptoCompare 50 symbols. Coinbase cannot be among them: it has no batch.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rooms_core.domain.listing import Listed, Listing, RuleChoices
from rooms_oracle.transport import Params

FEEDS: Final = ("binance", "okx", "kraken", "pyth", "cryptocompare")
BINANCE_ROWS: Final = 3_500
OTHER_ROWS: Final = 1_100
USDT: Final = "USDT/USD"
_PEG: Final = 0.9996


def coin(number: int) -> str:
    """A ticker."""
    return f"C{number:04d}"


def pyth_id(number: int) -> str:
    """64 hex digits."""
    return f"{number:064x}"


def listings(count: int) -> list[Listing]:
    """So many coins on all five feeds, and the rate that two of them rest on."""
    coins = [
        Listing(
            name=f"{coin(number)}/USD",
            listed=(
                Listed("binance", f"{coin(number)}USDT", "USDT"),
                Listed("kraken", f"{coin(number)}USD"),
                Listed("okx", f"{coin(number)}-USDT", "USDT"),
                Listed("pyth", pyth_id(number)),
                Listed("cryptocompare", coin(number)),
            ),
        )
        for number in range(count)
    ]
    rate = (Listed("kraken", "USDTZUSD"), Listed("cryptocompare", "USDT"))
    return [*coins, Listing(name=USDT, listed=rate, rule=RuleChoices(quorum=2))]


class Prices:
    """A wandering price for each coin, from millionths of a dollar to tens of thousands."""

    def __init__(self, count: int, seed: int) -> None:
        self._chance = random.Random(seed)
        self.now = [10 ** self._chance.uniform(-5, 4.5) for _ in range(max(count, BINANCE_ROWS))]

    def move(self) -> None:
        """The next tick."""
        self.now = [price * (1 + self._chance.uniform(-3e-4, 3e-4)) for price in self.now]

    def book(self, number: int, worth: float = 1.0) -> tuple[str, str]:
        """One venue's bid and ask, in a currency that is worth so many dollars."""
        middle = self.now[number] / worth * (1 + self._chance.uniform(-1e-4, 1e-4))
        return f"{middle * 0.99995:.12f}", f"{middle * 1.00005:.12f}"

    def size(self) -> str:
        """Some amount."""
        return f"{self._chance.uniform(0.1, 90_000):.8f}"


def binance(prices: Prices, _: Sequence[str], __: int) -> bytes:
    """All books."""
    rows = []
    for number in range(BINANCE_ROWS):
        bid, ask = prices.book(number, _PEG)
        sizes = {"bidQty": prices.size(), "askQty": prices.size()}
        rows.append({"symbol": f"{coin(number)}USDT", "bidPrice": bid, "askPrice": ask, **sizes})
    return _json(rows)


def okx(prices: Prices, _: Sequence[str], now_ms: int) -> bytes:
    """All spot pairs."""
    rows = []
    for number in range(OTHER_ROWS):
        bid, ask = prices.book(number, _PEG)
        often = dict.fromkeys(("last", "open24h", "high24h", "low24h", "sodUtc0", "sodUtc8"), bid)
        sizes = {name: prices.size() for name in ("lastSz", "askSz", "bidSz", "vol24h", "volCcy24h")}
        own = {"instType": "SPOT", "instId": f"{coin(number)}-USDT", "askPx": ask, "bidPx": bid}
        rows.append({**own, **often, **sizes, "ts": str(now_ms)})
    return _json({"code": "0", "msg": "", "data": rows})


def kraken(prices: Prices, _: Sequence[str], __: int) -> bytes:
    """All pairs."""
    found = {f"{coin(number)}USD": _kraken_row(*prices.book(number), prices) for number in range(OTHER_ROWS)}
    found["USDTZUSD"] = _kraken_row("0.99959", "0.99961", prices)
    return _json({"error": [], "result": found})


def pyth(prices: Prices, symbols: Sequence[str], now_ms: int) -> bytes:
    """The ids of a call, with the signed message they were read from."""
    rows = []
    for symbol in symbols:
        units = max(1, round(prices.now[int(symbol, 16)] * 10**10))
        update = {
            "price": str(units),
            "conf": str(units // 4_000),
            "expo": -10,
            "publish_time": now_ms // 1_000,
        }
        about = {
            "slot": 178_123_456,
            "proof_available_time": now_ms // 1_000,
            "prev_publish_time": now_ms // 1_000,
        }
        rows.append({"id": symbol, "price": update, "ema_price": update, "metadata": about})
    message = "504e4155" + "ab" * 220 * len(symbols)
    return _json({"binary": {"encoding": "hex", "data": [message]}, "parsed": rows})


def cryptocompare(prices: Prices, symbols: Sequence[str], now_ms: int) -> bytes:
    """The symbols of a call, raw and once more as they are shown to people."""
    raw, shown = {}, {}
    for symbol in symbols:
        price = _PEG if symbol == "USDT" else float(f"{prices.now[int(symbol[1:])]:.9g}")
        names = {"TYPE": "5", "MARKET": "CCCAGG", "FROMSYMBOL": symbol, "TOSYMBOL": "USD", "FLAGS": "2049"}
        numbers = dict.fromkeys(_NUMBERS, price * 1.01)
        own = {"PRICE": price, "LASTUPDATE": now_ms // 1_000, "LASTMARKET": "Coinbase"}
        raw[symbol] = {"USD": {**names, **own, **numbers}}
        shown[symbol] = {"USD": {name: f"$ {value:,.2f}" for name, value in numbers.items()}}
    return _json({"RAW": raw, "DISPLAY": shown})


def body(feed: str, params: Params, prices: Prices, now_ms: int) -> bytes:
    """A feed's answer to a call with these parameters."""
    named = [value for name, value in params if name == "ids[]"]
    listed = [symbol for name, value in params if name == "fsyms" for symbol in value.split(",")]
    return ANSWERS[feed](prices, named or listed, now_ms)


ANSWERS: Final[Mapping[str, Callable[[Prices, Sequence[str], int], bytes]]] = {
    "binance": binance,
    "okx": okx,
    "kraken": kraken,
    "pyth": pyth,
    "cryptocompare": cryptocompare,
}

_NUMBERS: Final = (
    *("MEDIAN", "LASTVOLUME", "LASTVOLUMETO", "VOLUMEDAY", "VOLUMEDAYTO", "VOLUME24HOUR", "VOLUME24HOURTO"),
    *("OPENDAY", "HIGHDAY", "LOWDAY", "OPEN24HOUR", "HIGH24HOUR", "LOW24HOUR", "VOLUMEHOUR", "VOLUMEHOURTO"),
    *("OPENHOUR", "HIGHHOUR", "LOWHOUR", "TOPTIERVOLUME24HOUR", "TOPTIERVOLUME24HOURTO", "CHANGE24HOUR"),
    *("CHANGEPCT24HOUR", "CHANGEDAY", "CHANGEPCTDAY", "CHANGEHOUR", "CHANGEPCTHOUR", "SUPPLY", "MKTCAP"),
    *("CIRCULATINGSUPPLY", "TOTALVOLUME24H", "TOTALVOLUME24HTO", "TOTALTOPTIERVOLUME24H"),
)


def _kraken_row(bid: str, ask: str, prices: Prices) -> dict[str, object]:
    two = [bid, ask]
    return {
        "a": [ask, "12", prices.size()],
        "b": [bid, "40", prices.size()],
        "c": [bid, prices.size()],
        "v": [prices.size(), prices.size()],
        "p": two,
        "t": [812, 4_097],
        "l": two,
        "h": two,
        "o": bid,
    }


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
