"""What a body means, worked out a second time in another way: with fractions, from the digits, one symbol at a time.

It is asked about what a feed's reader has accepted. Where it finds nothing, or anything else, that reader is wrong.
Prices and half-widths are whole numbers of 10^-12, rounded half-even once, as Python rounds a fraction.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from tests.fuzz.plain_json import Num

WSOL: Final = "So11111111111111111111111111111111111111112"
DERIVED: Final = {
    "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump": (
        "3MUkKMbuornHohtAtzrToSzqkj1gEEhQqYVz8sZnmQg1",
        "GseMAnNDvntR5uFePZ51yZBXzNSn7GdFPkfHwfr6d77J",
    )
}
"""The curve and the pool that the program derives from a mint."""
USDC: Final = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
_UNIT: Final = 10**12
_MOST: Final = 2**63 - 1
_LATEST_MS: Final = 2**48
_NUMBER: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?", re.ASCII)
_WHOLE: Final = re.compile(r"-?[0-9]{1,40}", re.ASCII)
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z", re.ASCII
)


class Meant(NamedTuple):
    """What a body says of one symbol."""

    price: int
    conf: int
    ts_ms: int | None


class Nothing(Exception):
    """The body says nothing of it that could be believed."""


def units(value: Any, *, shift: int = 0) -> int:
    """A positive price from a number or a string."""
    found = rounded(value, shift)
    if found <= 0:
        raise Nothing
    return found


def rounded(value: Any, shift: int = 0) -> int:
    """The same, where zero is allowed."""
    written = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if written is None or len(written[0]) > 200 or abs(int(written[3] or "0")) > 200:
        raise Nothing
    exact = Fraction(written[1]) + Fraction(int(written[2] or "0"), 10 ** len(written[2] or ""))
    found = round(exact * Fraction(10) ** (int(written[3] or "0") + shift) * _UNIT)
    if found > _MOST:
        raise Nothing
    return found


def whole(value: Any) -> int:
    """A number without a fraction."""
    if not isinstance(value, Num) or _WHOLE.fullmatch(value) is None:
        raise Nothing
    return int(value)


def book(bid: Any, ask: Any, ts_ms: int | None = None) -> Meant:
    """The middle of a book and half of its spread, rounded up."""
    low, high = units(bid), units(ask)
    if low > high:
        raise Nothing
    return Meant(round(Fraction(low + high, 2)), -((low - high) // 2), ts_ms)


def seconds(value: Any) -> int:
    """Whole seconds as ms."""
    return _in_time(1_000 * whole(value))


def member(value: Any, *names: str | int) -> Any:
    """What lies at the end of a path."""
    for name in names:
        fits = isinstance(value, dict) if isinstance(name, str) else isinstance(value, list)
        if not fits or (name not in value if isinstance(name, str) else name >= len(value)):
            raise Nothing
        value = value[name]
    return value


def only(rows: Any, name: str, symbol: str) -> Any:
    """The one row that is about a symbol."""
    found = (
        [row for row in rows if isinstance(row, dict) and row.get(name) == symbol]
        if isinstance(rows, list)
        else []
    )
    if len(found) != 1 or isinstance(found[0][name], Num):
        raise Nothing
    return found[0]


def _in_time(ms: int) -> int:
    if not 0 < ms < _LATEST_MS:
        raise Nothing
    return ms


def _binance(body: Any, symbol: str, _: int) -> Meant:
    row = only(body, "symbol", symbol)
    return book(member(row, "bidPrice"), member(row, "askPrice"))


def instant(written: Any) -> int:
    """A time as ISO 8601 in UTC, in ms."""
    parts = _TIME.fullmatch(written) if isinstance(written, str) and not isinstance(written, Num) else None
    if parts is None:
        raise Nothing
    at_s = calendar.timegm(time.strptime(parts[1], "%Y-%m-%dT%H:%M:%S"))
    return _in_time(1_000 * at_s + int((parts[2] or "").ljust(3, "0")[:3]))


def _coinbase(body: Any, _symbol: str, _: int) -> Meant:
    return book(member(body, "bid"), member(body, "ask"), instant(member(body, "time")))


def _kraken_result(body: Any) -> Any:
    errors = member(body, "error")
    if not isinstance(errors, list) or any(
        not isinstance(each, str) or not each.startswith("W") for each in errors
    ):
        raise Nothing
    return member(body, "result")


def _kraken(body: Any, symbol: str, _: int) -> Meant:
    row = member(_kraken_result(body), symbol)
    return book(member(row, "b", 0), member(row, "a", 0))


def _okx_rows(body: Any) -> Any:
    code = member(body, "code")
    if code != "0" or isinstance(code, Num):
        raise Nothing
    return member(body, "data")


def _okx(body: Any, symbol: str, _: int) -> Meant:
    row = only(_okx_rows(body), "instId", symbol)
    return book(member(row, "bidPx"), member(row, "askPx"), _digits_ms(member(row, "ts")))


def _digits_ms(value: Any) -> int:
    if (
        not isinstance(value, str)
        or isinstance(value, Num)
        or not re.fullmatch("[0-9]{1,15}", value, re.ASCII)
    ):
        raise Nothing
    return _in_time(int(value))


def _pyth(body: Any, symbol: str, _: int) -> Meant:
    update = member(only(member(body, "parsed"), "id", symbol), "price")
    price, conf, expo = member(update, "price"), member(update, "conf"), whole(member(update, "expo"))
    if not all(
        not isinstance(each, Num) and isinstance(each, str) and each.isdigit() for each in (price, conf)
    ):
        raise Nothing
    if not -24 <= expo <= 6:
        raise Nothing
    return Meant(units(price, shift=expo), rounded(conf, expo), seconds(member(update, "publish_time")))


def _coingecko(body: Any, symbol: str, _: int) -> Meant:
    row = member(body, symbol)
    return Meant(units(member(row, "usd")), 0, seconds(member(row, "last_updated_at")))


def _cryptocompare(body: Any, symbol: str, _: int) -> Meant:
    row = member(body, "RAW", symbol, "USD")
    if body.get("Response") == "Error" and body.get("Type", Num("0")) == Num("99"):
        raise Nothing
    if (member(row, "FROMSYMBOL"), member(row, "TOSYMBOL")) != (symbol, "USD"):
        raise Nothing
    return Meant(units(member(row, "PRICE")), 0, seconds(member(row, "LASTUPDATE")))


def _dexscreener(body: Any, symbol: str, _: int) -> Meant:
    found = []
    for row in body if isinstance(body, list) else []:
        try:
            place = _place(row, symbol)
        except Nothing:
            continue
        found.append((place, row))
    best = max((place for place, _ in found), default=None)
    chosen = [row for place, row in found if place == best]
    if len(chosen) != 1:
        raise Nothing
    return Meant(units(member(chosen[0], "priceUsd")), 0, None)


def _place(row: Any, symbol: str) -> tuple[int, Fraction, str]:
    """How much a pool of a mint is believed. Raises `Nothing` for what is no such pool."""
    mint = symbol.removeprefix("pump:")
    names = [member(row, "chainId"), member(row, "dexId"), member(row, "pairAddress")]
    base, quote = member(row, "baseToken", "address"), member(row, "quoteToken", "address")
    if any(not isinstance(each, str) or isinstance(each, Num) for each in (*names, base, quote)):
        raise Nothing
    if (names[0], base) != ("solana", mint) or quote not in (WSOL, USDC):
        raise Nothing
    deep = row.get("liquidity")
    if deep is not None and not isinstance(deep, dict):
        raise Nothing
    depth = None if deep is None else deep.get("usd")
    if depth is not None and not isinstance(depth, Num):
        raise Nothing
    if mint != symbol:
        if names[2] not in DERIVED[mint]:
            raise Nothing
        return DERIVED[mint].index(str(names[2])), Fraction(0), ""
    graduated = names[1] == "pumpswap" and mint != WSOL
    stage = 2 if graduated else 0 if names[1] == "pumpfun" else 1
    return stage, _depth(depth), str(names[2])


def _depth(written: Num | None) -> Fraction:
    if written is None:
        return Fraction(0)
    mantissa, _, exponent = written.lower().partition("e")
    if len(exponent) > 6 or abs(int(exponent or "0")) > 10_000:
        return Fraction(mantissa) * Fraction(10) ** (-10_000 if exponent.startswith("-") else 10_000)
    return Fraction(mantissa) * Fraction(10) ** int(exponent or "0")


def _jupiter(body: Any, symbol: str, asked_ms: int) -> Meant:
    row = member(body, symbol)
    slot = row.get("blockId") if isinstance(row, dict) else None
    if slot is None:
        return Meant(units(member(row, "usdPrice")), 0, None)
    if not 0 <= whole(slot) < _LATEST_MS:
        raise Nothing
    now = asked_ms // 400  # the slot by which the readers are asked
    return Meant(units(member(row, "usdPrice")), 0, asked_ms - (now - whole(slot)) * 400)


MEANINGS: Final[Mapping[str, Callable[[Any, str, int], Meant]]] = {
    "binance": _binance,
    "coinbase": _coinbase,
    "kraken": _kraken,
    "okx": _okx,
    "pyth": _pyth,
    "coingecko": _coingecko,
    "cryptocompare": _cryptocompare,
    "dexscreener": _dexscreener,
    "jupiter": _jupiter,
}
"""For each feed: what a body says of a symbol, asked at a time. Raises `Nothing`."""


def candle(feed: str, body: Any, symbol: str, minute_ms: int) -> tuple[int, int, int, int]:
    """The open, high, low and close of a minute, by the one row that is about it. Raises `Nothing`."""
    rows = {
        "binance": lambda: body,
        "coinbase": lambda: body,
        "kraken": lambda: member(_kraken_result(body), symbol),
        "okx": lambda: _okx_rows(body),
    }[feed]()
    texts, order, scale = {
        "binance": (False, (1, 2, 3, 4), 1),
        "coinbase": (False, (3, 2, 1, 4), 1_000),
        "kraken": (False, (1, 2, 3, 4), 1_000),
        "okx": (True, (1, 2, 3, 4), 1),
    }[feed]
    if not isinstance(rows, list):
        raise Nothing
    found = [row for row in rows if _digits_or_whole(member(row, 0), texts) * scale == minute_ms]
    if len(found) != 1 or (feed == "okx" and member(found[0], 8) != "1"):
        raise Nothing
    first, high, low, last = [units(member(found[0], place)) for place in order]
    if not low <= min(first, last) <= max(first, last) <= high:
        raise Nothing
    return first, high, low, last


def _digits_or_whole(value: Any, text: bool) -> int:
    return _digits_ms(value) if text else whole(value)
