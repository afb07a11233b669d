"""Which families can have a vote on an instrument, by what is listed and which feeds are on. Nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping

from rooms_core.domain.listing import USD, Listing, rate_name
from rooms_oracle.listing import params_of
from rooms_oracle.settings import FeedSettings


def families_of(
    name: str,
    listings: Mapping[str, Listing],
    feeds: Mapping[str, FeedSettings],
    *,
    above: tuple[str, ...] = (),
) -> frozenset[str]:
    """The families that can price an instrument: their feed is on, and what they are quoted in can be priced itself.

    `above`: the instruments whose rate is looked for; one that rests on itself has no price.
    """
    listing = listings.get(name)
    if listing is None or name in above:
        return frozenset()
    way = (*above, name)
    return frozenset(
        feeds[each.feed].family
        for each in listing.listed
        if each.feed in feeds
        and feeds[each.feed].on
        and (each.quote == USD or reaches_quorum(rate_name(each.quote), listings, feeds, above=way))
    )


def reaches_quorum(
    name: str,
    listings: Mapping[str, Listing],
    feeds: Mapping[str, FeedSettings],
    *,
    above: tuple[str, ...] = (),
) -> bool:
    """Whether there can be a price at all."""
    listing = listings.get(name)
    if listing is None:
        return False
    return len(families_of(name, listings, feeds, above=above)) >= params_of(listing).quorum
