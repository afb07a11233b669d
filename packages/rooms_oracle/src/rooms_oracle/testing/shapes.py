"""The nine feeds as they answer: paths, fields and errors of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from rooms_oracle.derived_address import WRAPPED_SOL
from rooms_oracle.feeds.dexscreener import USDC
from rooms_oracle.feeds.jupiter import SLOT_MS
from rooms_oracle.feeds.pumpfun import accounts_of
from rooms_oracle.listing import mint_of
from rooms_oracle.testing.desk import Answer, Desk, Json, Raw, Shape, number


async def binance(desk: Desk) -> Answer:
    """Books by list or all of them; one unknown symbol fails the list. Weight 4; candles 2."""
    if desk.path == "/api/v3/klines":
        symbol, minute_ms = desk.param("symbol"), int(desk.param("startTime"))
        ohlc = await desk.candle(symbol, minute_ms)
        row: list[Json] = [minute_ms, *(ohlc or ()), "10.5", minute_ms + 59_999, "1.0", 3, "1.0", "1.0", "0"]
        return Answer(200, [row] if ohlc else [], weight=2)
    if desk.path != "/api/v3/ticker/bookTicker":
        return Answer(404, {"code": -1, "msg": "no such path"})
    listed = json.loads(desk.param("symbols") or "[]")
    if any(symbol not in desk.symbols for symbol in listed):
        return Answer(400, {"code": -1121, "msg": "Invalid symbol."}, weight=4)
    rows: list[Json] = []
    for symbol in listed or desk.symbols:
        shown = await desk.show(symbol)
        if shown is not None:
            size = {"bidQty": "1.00000000", "askQty": "1.00000000"}
            rows.append({"symbol": symbol, "bidPrice": shown.bid, "askPrice": shown.ask, **size})
    return Answer(200, rows, weight=4)


async def coinbase(desk: Desk) -> Answer:
    """One product's ticker, or its candles, newest first, as numbers."""
    _, _, symbol, what = desk.path.split("/", 3)
    if symbol not in desk.symbols:
        return Answer(404, {"message": "NotFound"})
    if what == "candles":
        start = datetime.fromisoformat(desk.param("start"))
        at_s = int(start.timestamp()) // 60 * 60
        ohlc = await desk.candle(symbol, 1_000 * at_s)
        if ohlc is None:
            return Answer(200, [])
        first, high, low, last = [number(price) for price in ohlc]
        return Answer(200, [[at_s, low, high, first, last, Raw("12.5")]])
    shown = await desk.show(symbol)
    if shown is None:
        return Answer(404, {"message": "NotFound"})
    time = datetime.fromtimestamp(desk.ts_ms / 1_000, UTC).isoformat(timespec="microseconds")
    fields: dict[str, Json] = {"trade_id": 201, "price": shown.last, "size": "0.5", "volume": "812345.1"}
    return Answer(200, {**fields, "time": time.replace("+00:00", "Z"), "bid": shown.bid, "ask": shown.ask})


async def kraken(desk: Desk) -> Answer:
    """Tickers by Kraken's own names of pairs, or candles. One unknown pair fails the list."""
    listed = [pair for pair in desk.param("pair").split(",") if pair]
    if any(pair not in desk.symbols for pair in listed):
        return Answer(200, {"error": ["EQuery:Unknown asset pair"]})
    if desk.path == "/0/public/OHLC":
        at_s = int(desk.param("since")) + 60
        ohlc = await desk.candle(listed[0], 1_000 * at_s)
        rows: list[Json] = [[at_s, *ohlc, "1.0", "2.5", 7]] if ohlc else []
        return Answer(200, {"error": [], "result": {listed[0]: rows, "last": at_s}})
    result: dict[str, Json] = {}
    for pair in listed or desk.symbols:
        shown = await desk.show(pair)
        if shown is not None:
            ask: list[Json] = [shown.ask, "12", "12.000"]
            result[pair] = {
                "a": ask,
                "b": [shown.bid, "40", "40.000"],
                "c": [shown.last, "1.50"],
                "t": [1, 2],
            }
    return Answer(200, {"error": [], "result": result})


async def okx(desk: Desk) -> Answer:
    """All pairs, with the time of each; or the candle that lies between two times, neither of them included."""
    rows: list[Json] = []
    if desk.path == "/api/v5/market/candles":
        newest_ms = int(desk.param("after")) - 1
        at_ms = newest_ms - newest_ms % 60_000
        ohlc = await desk.candle(desk.param("instId"), at_ms)
        if ohlc is not None and int(desk.param("before")) < at_ms:
            finished = "1" if at_ms + 60_000 <= desk.now_ms else "0"
            rows.append([str(at_ms), *ohlc, "10.5", "10.5", "1750.2", finished])
        return Answer(200, {"code": "0", "msg": "", "data": rows})
    for symbol in desk.symbols:
        shown = await desk.show(symbol)
        if shown is not None:
            book: dict[str, Json] = {"last": shown.last, "askPx": shown.ask, "bidPx": shown.bid}
            rows.append({"instType": "SPOT", "instId": symbol, **book, "ts": str(desk.ts_ms)})
    return Answer(200, {"code": "0", "msg": "", "data": rows})


async def pyth(desk: Desk) -> Answer:
    """The newest update of each id, in whole numbers with an exponent."""
    rows: list[Json] = []
    for symbol in [value for key, value in desk.params if key == "ids[]"]:
        shown = await desk.show(symbol)
        if shown is not None:
            odd = shown.middle == 0 or (shown.last or "").startswith("-")
            price: Json = shown.last if odd else str(shown.middle // 10**4)
            update: dict[str, Json] = {"price": price, "conf": "8123", "expo": -8}
            rows.append({"id": symbol, "price": {**update, "publish_time": desk.ts_ms // 1_000}})
    return Answer(200, {"binary": {"encoding": "hex", "data": ["504e4155"]}, "parsed": rows})


async def coingecko(desk: Desk) -> Answer:
    """Numbers by id; unknown ids are left out."""
    found: dict[str, Json] = {}
    for symbol in desk.param("ids").split(","):
        shown = await desk.show(symbol)
        if shown is not None:
            found[symbol] = {"usd": number(shown.last), "last_updated_at": desk.ts_ms // 1_000}
    return Answer(200, found)


async def cryptocompare(desk: Desk) -> Answer:
    """Raw numbers by symbol and currency; an error with status 200 if none is known."""
    found: dict[str, Json] = {}
    for symbol in desk.param("fsyms").split(","):
        shown = await desk.show(symbol)
        if shown is not None:
            names: dict[str, Json] = {
                "TYPE": "5",
                "MARKET": "CCCAGG",
                "FROMSYMBOL": symbol,
                "TOSYMBOL": "USD",
            }
            found[symbol] = {"USD": {**names, "PRICE": number(shown.last), "LASTUPDATE": desk.ts_ms // 1_000}}
    if not found:
        missing: dict[str, Json] = {"Message": "cccagg or e param is not valid market", "Type": 2}
        return Answer(200, {"Response": "Error", **missing, "HasWarning": False, "RateLimit": {}, "Data": {}})
    return Answer(200, {"RAW": found, "DISPLAY": {}})


async def dexscreener(desk: Desk) -> Answer:
    """The pools of each token: the one that counts, a shallow one, one in which it is the quote, and a dead curve.

    Of a coin: its curve, and a deeper pool that somebody has opened at the exchange of its program.
    """
    rows: list[Json] = []
    for mint in desk.path.removeprefix("/tokens/v1/solana/").split(","):
        shown = await desk.show(mint)
        if shown is None:
            continue
        coin = mint_of(desk.symbols[mint][0])
        if coin is not None:
            rows.append(_pool(mint, WRAPPED_SOL, "1000000", "pumpswap", "99999999", "somebody's"))
            rows.append(_pool(mint, WRAPPED_SOL, shown.last, "pumpfun", None, accounts_of(coin).curve))
        else:
            rows.append(_pool(mint, USDC, "1000000", "meteora", "2000.5", "shallow"))
            rows.append(_pool(USDC, mint, "1.0", "raydium", "99999999", "turned"))
            rows.append(_pool(mint, USDC, shown.last, "raydium", "7654321.09", "deep"))
            rows.append(_pool(mint, WRAPPED_SOL, "0.000001", "pumpfun", None, "curve"))
    return Answer(200, rows)


async def jupiter(desk: Desk) -> Answer:
    """Numbers by mint; what has no price is left out."""
    found: dict[str, Json] = {}
    for mint in desk.param("ids").split(","):
        shown = await desk.show(mint)
        if shown is not None:
            rest: dict[str, Json] = {
                "liquidity": Raw("621679197.6"),
                "decimals": 9,
                "priceChange24h": Raw("1.29"),
            }
            found[mint] = {"usdPrice": number(shown.last), "blockId": desk.ts_ms // SLOT_MS, **rest}
    return Answer(200, found)


def _pool(base: str, quote: str, price: str | None, dex: str, deep: str | None, pair: str) -> Json:
    row: dict[str, Json] = {
        "chainId": "solana",
        "dexId": dex,
        "pairAddress": pair,
        "baseToken": {"address": base, "name": "x", "symbol": "X"},
        "quoteToken": {"address": quote, "name": "y", "symbol": "Y"},
        "priceNative": price,
        "priceUsd": price,
    }
    return row if deep is None else {**row, "liquidity": {"usd": Raw(deep), "base": 1, "quote": 1}}


SHAPES: Final[dict[str, Shape]] = {
    "binance": binance,
    "coinbase": coinbase,
    "kraken": kraken,
    "okx": okx,
    "pyth": pyth,
    "coingecko": coingecko,
    "cryptocompare": cryptocompare,
    "dexscreener": dexscreener,
    "jupiter": jupiter,
}
"""How each feed answers."""

ERRORS: Final[dict[str, Json]] = {
    "binance": {"code": -1007, "msg": "Timeout waiting for response."},
    "coinbase": {"message": "Internal server error"},
    "kraken": {"error": ["EService:Unavailable"]},
    "okx": {"code": "50001", "msg": "Service temporarily unavailable", "data": []},
    "pyth": {"error": "upstream not ready"},
    "coingecko": {"status": {"error_code": 10005, "error_message": "not in your plan"}},
    "cryptocompare": {"Response": "Error", "Message": "over your plan", "Type": 1, "Data": {}},
    "dexscreener": {"schemaVersion": "1.0.0", "pairs": None},
    "jupiter": {"code": 500, "message": "upstream not ready"},
}
"""What each feed says when it answers 200 and means an error."""
