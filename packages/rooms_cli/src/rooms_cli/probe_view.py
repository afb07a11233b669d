"""A look at an instrument as it is shown: each feed in a row, the reasons in words, and what the rule makes of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from rooms_cli.output import say, table
from rooms_core.domain.listing import USD
from rooms_oracle.probed import Asked, Probe
from rooms_oracle.reasons import in_words

SIGNIFICANT: Final = 7
"""Digits of a price as people see it; programs are given all."""
LONG: Final = 16
"""Longer symbols (ids, mints) are shown by their ends."""
TURNED: Final = "its reciprocal fits: base and quote look turned around"


def probe_json(probe: Probe) -> dict[str, Any]:
    """The whole look; prices as whole numbers of 10^scale USD in strings."""
    return {
        "instrument": probe.name,
        "at_ms": probe.at_ms,
        "accepted": probe.accepted,
        "status": probe.status,
        "words": in_words(probe.status),
        "price": str(probe.price) if probe.accepted else None,
        "lo": str(probe.lo) if probe.accepted else None,
        "hi": str(probe.hi) if probe.accepted else None,
        "scale": probe.scale,
        "quorum": probe.quorum,
        "families": list(probe.families),
        "rates": dict(probe.rates),
        "feeds": [_asked_json(each) for each in probe.asked],
    }


def _asked_json(asked: Asked) -> dict[str, Any]:
    return {
        "feed": asked.feed,
        "symbol": asked.symbol,
        "quote": asked.quote,
        "family": asked.family,
        "accepted": not asked.reason,
        "reason": asked.reason or None,
        "words": in_words(asked.reason) if asked.reason else None,
        "price": None if asked.price is None else str(asked.price),
        "age_ms": asked.age_ms,
        "half_width_ppm": asked.half_width_ppm,
        "from_centre_ppm": asked.from_centre_ppm,
        "turned": asked.turned,
        "hinders": asked.hinders,
    }


def show_probe(probe: Probe) -> None:
    """A table of the feeds, a line for each that refuses, and the verdict."""
    rows = [
        [
            each.feed,
            short(each.symbol) + (f":{each.quote}" if each.symbol and each.quote != USD else ""),
            each.family,
            each.reason or "accepted",
            "" if each.price is None else price_shown(each.price, probe.scale),
            "" if each.age_ms is None else f"{each.age_ms:,} ms",
            "" if each.half_width_ppm is None else f"{each.half_width_ppm / 100:.1f}",
            "" if each.from_centre_ppm is None else off_shown(each.from_centre_ppm),
        ]
        for each in probe.asked
    ]
    if rows:
        columns = ["feed", "symbol", "family", "verdict", "USD", "age", "± bps", "off bps"]
        table(probe.name, columns, rows, left=4)
    for line in sentences(probe):
        print(line)


def sentences(probe: Probe) -> list[str]:
    """Why each feed was refused, which rates failed, and what the rule answers."""
    lines = [objection(each) for each in probe.asked if each.reason]
    lines += [f"{rate}: {in_words(status)}" for rate, status in probe.rates.items() if status != "ACCEPTED"]
    return [*lines, verdict(probe)]


def objection(asked: Asked) -> str:
    """Why a feed was refused."""
    slow = "; it is asked so seldom that it never decides a touch" if asked.slow and not asked.hinders else ""
    turned = f"; {TURNED}" if asked.turned else ""
    return f"{asked.feed} {short(asked.symbol)}: {in_words(asked.reason)}{turned}{slow}"


def verdict(probe: Probe) -> str:
    """What the rule answers, with price and band."""
    if not probe.accepted:
        said = f"{probe.status}: {in_words(probe.status)}"
        have = {each.family for each in probe.asked if not each.reason}
        if probe.status == "NO_QUORUM":
            said += f" ({len(have)} of {probe.quorum})"
        return f"{probe.name}: {said}. A room on it would be refused."
    price, lo, hi = [price_shown(each, probe.scale) for each in (probe.price, probe.lo, probe.hi)]
    return (
        f"{probe.name}: {price} USD, from {lo} to {hi}, by {len(probe.families)} of at least {probe.quorum}."
    )


def price_shown(units: int, scale: int) -> str:
    """A price in dollars, in 7 digits."""
    price = Decimal(units).scaleb(scale)
    digits = SIGNIFICANT - 1 - price.adjusted() if units else 2
    return f"{price:,.{max(2, digits)}f}"


def off_shown(ppm: int) -> str:
    """A distance in basis points, with a digit behind the point while it is small."""
    return f"{ppm / 100:+,.0f}" if abs(ppm) >= 100_000 else f"{ppm / 100:+.1f}"


def short(symbol: str) -> str:
    """A symbol that fits into a table."""
    return symbol if len(symbol) <= LONG else f"{symbol[:6]}…{symbol[-5:]}"


def warn_of(wanted_server: str | None, seed: int | None) -> None:
    """Say it where prices are not those of the venues."""
    if seed is not None:
        say("rooms: These prices are made up (ROOMS_FEEDS=generated).")
    elif wanted_server is not None:
        say(f"rooms: Asked of {wanted_server}, not of the venues themselves.")
