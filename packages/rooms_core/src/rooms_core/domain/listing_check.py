"""Whether an instrument may be listed like this: names, symbols, parameters, and the rates that its price rests on.

What a feed says of a symbol is no matter of this: see the oracle's probe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from rooms_core.domain.listing import USD, Listing, RuleChoices
from rooms_core.result import Err, Ok, Result

SYMBOL_MAX: Final = 100
LISTED_MAX: Final = 20
REASON_MAX: Final = 200
"""Letters of a reason, and of the name of the one who lists."""
BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "quorum": (2, 10),
    "max_age_ms": (1_000, 10_000),
    "tol_floor_ppm": (100, 20_000),
    "tol_cap_ppm": (100, 20_000),
    "conf_cap_ppm": (100, 20_000),
}
"""Least and most of each parameter: one family alone is never enough, and a wide tolerance is none."""
_CURRENCY: Final = re.compile(r"[A-Z0-9]{1,10}", re.ASCII)
_SYMBOL: Final = re.compile(r"[!-~]{1,100}", re.ASCII)
_FEED: Final = re.compile(r"[a-z0-9_]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NameRefused:
    """An instrument is named like SOL/USD: 1 to 10 capital letters and digits, and the dollar."""

    name: str


@dataclass(frozen=True, slots=True)
class SymbolRefused:
    """A feed or symbol that nobody could have: 1 to 100 printable letters without blanks."""

    feed: str
    symbol: str


@dataclass(frozen=True, slots=True)
class QuoteRefused:
    """No quote currency: 1 to 10 capital letters and digits, and not the instrument itself."""

    feed: str
    quote: str


@dataclass(frozen=True, slots=True)
class ListedCount:
    """Between 1 and `most` places are listed, each feed once; `feed` is there twice, if that is the trouble."""

    count: int
    most: int
    feed: str | None = None


@dataclass(frozen=True, slots=True)
class ParameterRefused:
    """A parameter of the rule that is out of its bounds."""

    name: str
    value: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class RateUnknown:
    """A quote currency that nothing prices: `rate` would have to be listed first."""

    rate: str


@dataclass(frozen=True, slots=True)
class RatesInCircle:
    """Prices that rest on one another, in this order, so that none could ever be had."""

    names: tuple[str, ...]


ListingRefused: TypeAlias = (
    NameRefused | SymbolRefused | QuoteRefused | ListedCount | ParameterRefused | RateUnknown | RatesInCircle
)


def check_listing(listing: Listing, others: Mapping[str, Listing]) -> Result[None, ListingRefused]:
    """The first rule that a listing breaks. `others`: all that is listed, by name; one of the same name gives way."""
    base, _, quote = listing.name.partition("/")
    if quote != USD or not _CURRENCY.fullmatch(base) or base == USD:
        return Err(NameRefused(listing.name))
    wrong = next(_wrong_places(listing), None) or next(_out_of_bounds(listing.rule), None)
    if wrong is not None:
        return Err(wrong)
    return _rates(listing, {**others, listing.name: listing})


def _wrong_places(listing: Listing) -> Iterator[ListingRefused]:
    feeds = [each.feed for each in listing.listed]
    if not 1 <= len(feeds) <= LISTED_MAX:
        yield ListedCount(len(feeds), LISTED_MAX)
    for each in listing.listed:
        if not _FEED.fullmatch(each.feed) or not _SYMBOL.fullmatch(each.symbol):
            yield SymbolRefused(each.feed, each.symbol)
        if not _CURRENCY.fullmatch(each.quote) or each.quote == listing.base:
            yield QuoteRefused(each.feed, each.quote)
        if feeds.count(each.feed) > 1:
            yield ListedCount(len(feeds), LISTED_MAX, each.feed)


def _out_of_bounds(rule: RuleChoices) -> Iterator[ParameterRefused]:
    for name, (least, most) in BOUNDS.items():
        value = getattr(rule, name)
        if value is not None and not least <= value <= most:
            yield ParameterRefused(name, value, least, most)


def _rates(listing: Listing, known: Mapping[str, Listing]) -> Result[None, ListingRefused]:
    """Every rate is listed, and so are the rates it rests on, down to dollars."""
    paths: list[tuple[str, ...]] = [(listing.name,)]
    while paths:
        path = paths.pop()
        for rate in known[path[-1]].rates:
            if rate in path:
                return Err(RatesInCircle((*path[path.index(rate) :], rate)))
            if rate not in known:
                return Err(RateUnknown(rate))
            paths.append((*path, rate))
    return Ok(None)
