"""Recorded days for those who have none: minutes of three venues around a seeded price, as the files have them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from rooms_oracle.aggregate import PPM
from rooms_oracle.heard import MINUTE_MS
from rooms_oracle.noise import jitter, key_of, wander_ppm
from rooms_oracle.replay import ReplayFeeds
from rooms_oracle.series import Series

VENUES: Final = ("binanceus", "coinbase", "kraken")
_CENTRE: Final = {"BTC": 30 * 10**12, "USDT": 999_700_000_000, "USDC": 10**12}
"""A coin cheap enough that a thousandfold price is still one."""
_STRAY_PPM: Final = 300
_WILDNESS: Final = 3


def made_feeds(from_ms: int, minutes: int, seed: int) -> ReplayFeeds:
    """Candles of the three venues in dollars and in both stablecoins, which wander little."""
    pairs = [(venue, "BTC", quote) for venue in VENUES for quote in ("USD", "USDT", "USDC")]
    rates = [(venue, base, "USD") for venue in ("coinbase", "kraken") for base in ("USDT", "USDC")]
    return ReplayFeeds([_series(*pair, from_ms, minutes, seed) for pair in (*pairs, *rates)])


def _series(venue: str, base: str, quote: str, from_ms: int, minutes: int, seed: int) -> Series:
    stray = key_of(seed, f"{venue}/{base}/{quote}")

    def price(at_ms: int) -> int:
        common = key_of(seed, base)
        moved = wander_ppm(common, at_ms) * _WILDNESS if base == "BTC" else wander_ppm(common, at_ms) // 100
        worth = _CENTRE[base] * (PPM + moved) // PPM
        if quote != "USD":
            rate = _CENTRE[quote] * (PPM + wander_ppm(key_of(seed, quote), at_ms) // 100) // PPM
            worth = worth * 10**12 // rate
        return worth * (PPM + jitter(stray, at_ms, _STRAY_PPM)) // PPM

    rows = {}
    for minute_ms in range(from_ms, from_ms + minutes * MINUTE_MS, MINUTE_MS):
        seen = [price(minute_ms + second * 1_000) for second in (0, 20, 40, 60)]
        rows[minute_ms] = ",".join(_written(each) for each in (seen[0], max(seen), min(seen), seen[-1]))
    return Series(venue, base, quote, rows)


def _written(units: int) -> str:
    return format(Decimal(units).scaleb(-12), "f")
