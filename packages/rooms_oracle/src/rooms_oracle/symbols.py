"""What a symbol of each feed looks like, and what its letters say of base and quote currency.

It is a first look, before anybody is asked: a pair that ends with another currency than the one it is listed with is
priced in that other one, or turned around.
"""

from __future__ import annotations

import re
from typing import Final

from rooms_core.domain.address import parse_address
from rooms_core.domain.listing import USD, Listed
from rooms_core.result import Err

_PAIRS: Final = {
    "binance": (re.compile(r"[A-Z0-9]{4,20}", re.ASCII), "SOLUSDT"),
    "coinbase": (re.compile(r"[A-Z0-9]+-[A-Z0-9]+", re.ASCII), "SOL-USD"),
    "kraken": (re.compile(r"[A-Z0-9.]{4,20}", re.ASCII), "SOLUSD, as Kraken itself names the pair"),
    "okx": (re.compile(r"[A-Z0-9]+-[A-Z0-9]+", re.ASCII), "SOL-USDT"),
}
"""Venues, whose symbols are pairs."""
_DOLLARS: Final = {
    "pyth": (re.compile(r"[0-9a-f]{64}", re.ASCII), "an id of 64 hexadecimal digits"),
    "coingecko": (re.compile(r"[a-z0-9-]+", re.ASCII), "solana, CoinGecko's own id"),
    "cryptocompare": (re.compile(r"[A-Z0-9]+", re.ASCII), "SOL"),
    "dexscreener": (None, "the address of a mint"),
    "jupiter": (None, "the address of a mint"),
}
"""Feeds that name what is priced, and answer in dollars."""
KNOWN: Final = (*_PAIRS, *_DOLLARS)
"""The feeds whose symbols are known."""


def trouble(listed: Listed) -> str | None:
    """What is wrong with a symbol by its letters alone, in a sentence; None: nothing that could be seen."""
    feed, symbol, quote = listed.feed, listed.symbol, listed.quote
    if feed not in KNOWN:
        return f"There is no feed {feed}."
    pattern, example = _PAIRS[feed] if feed in _PAIRS else _DOLLARS[feed]
    fits = not isinstance(parse_address(symbol), Err) if pattern is None else pattern.fullmatch(symbol)
    if not fits:
        return f"{symbol} is no symbol of {feed}: it wants {example}."
    if feed in _DOLLARS:
        return None if quote == USD else f"{feed} answers in dollars, not in {quote}."
    if not symbol.endswith(quote):
        return f"{symbol} does not end with {quote}: it is quoted in something else, or turned around."
    return None
