"""Which feed knows an instrument by which symbol: what an operator lists, and every version of it that there was.

Tickers are not unique and names are, so a person looks at each row. A listing is never changed: a newer revision
takes its place, and the older ones say what was asked before, by whose word and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

USD: Final = "USD"
"""Prices are in US dollars; whatever is quoted in something else needs that something's own price."""


def rate_name(quote: str) -> str:
    """The instrument that prices a quote currency."""
    return f"{quote}/{USD}"


@dataclass(frozen=True, slots=True)
class Listed:
    """An instrument as one feed knows it, and the currency it is quoted in there."""

    feed: str
    symbol: str
    quote: str = USD

    @property
    def source(self) -> str:
        """The name its observations go by."""
        return f"{self.feed}:{self.symbol}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChoices:
    """Parameters of the rule that differ for one instrument; None: as for all others. Times in ms, ratios in ppm."""

    quorum: int | None = None
    max_age_ms: int | None = None
    tol_floor_ppm: int | None = None
    tol_cap_ppm: int | None = None
    conf_cap_ppm: int | None = None


AS_USUAL: Final = RuleChoices()
"""The rule as it is for most instruments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One instrument ("SOL/USD"): where it is listed, and what of the rule is otherwise for it."""

    name: str
    listed: tuple[Listed, ...]
    rule: RuleChoices = AS_USUAL

    @property
    def base(self) -> str:
        """What is priced: the part before the stroke."""
        return self.name.partition("/")[0]

    @property
    def rates(self) -> tuple[str, ...]:
        """The instruments its price rests on: one for each foreign quote currency, in order."""
        return tuple([rate_name(quote) for quote in sorted({each.quote for each in self.listed} - {USD})])


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRevision:
    """A listing as it was written down: the `number`-th for its name (from 1), by whom, when (ms), and why.

    `unprobed`: the feeds were not asked before, or what they said was overruled; `reason` then says why.
    """

    listing: Listing
    number: int
    by: str
    at_ms: int
    reason: str = ""
    unprobed: bool = False


def in_force(built_in: Iterable[Listing], written: Iterable[ListingRevision]) -> dict[str, Listing]:
    """All that is listed, by name: what somebody wrote down takes the place of what is built in."""
    listed = {each.name: each for each in built_in}
    return listed | {each.listing.name: each.listing for each in written}
