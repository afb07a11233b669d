"""Listed instruments as they are shown: where each is listed, what can price it, and who wrote it down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from rooms_cli import output
from rooms_cli.probe_view import short
from rooms_cli.room_view import moment
from rooms_core.domain.listing import USD, Listed, Listing, ListingRevision, RuleChoices
from rooms_oracle.listing import params_of
from rooms_oracle.reach import families_of, reaches_quorum
from rooms_oracle.settings import FeedSettings


def listing_json(
    listing: Listing,
    revision: ListingRevision | None,
    listings: Mapping[str, Listing],
    feeds: Mapping[str, FeedSettings],
) -> dict[str, Any]:
    """All that is known of one instrument without asking anybody."""
    return {
        "instrument": listing.name,
        "feeds": [_place_json(each, feeds) for each in listing.listed],
        "rates": list(listing.rates),
        "rule": asdict(params_of(listing)),
        "chosen": chosen(listing.rule),
        "families": sorted(families_of(listing.name, listings, feeds)),
        "reaches_quorum": reaches_quorum(listing.name, listings, feeds),
        **revision_json(revision),
    }


def _place_json(listed: Listed, feeds: Mapping[str, FeedSettings]) -> dict[str, Any]:
    settings = feeds.get(listed.feed)
    return {
        "feed": listed.feed,
        "symbol": listed.symbol,
        "quote": listed.quote,
        "family": None if settings is None else settings.family,
        "on": settings is not None and settings.on,
    }


def revision_json(revision: ListingRevision | None) -> dict[str, Any]:
    """By whom a row was written, when and why; built-in ones by nobody."""
    return {
        "built_in": revision is None,
        "revision": 0 if revision is None else revision.number,
        "by": None if revision is None else revision.by,
        "at_ms": None if revision is None else revision.at_ms,
        "reason": None if revision is None else revision.reason,
        "unprobed": False if revision is None else revision.unprobed,
    }


def chosen(rule: RuleChoices) -> dict[str, int]:
    """The parameters that are not as usual."""
    return {name: value for name, value in asdict(rule).items() if value is not None}


def show_listings(
    listings: Mapping[str, Listing],
    written: Iterable[ListingRevision],
    feeds: Mapping[str, FeedSettings],
) -> None:
    """A row for each instrument; on a terminal each place has a line of its own."""
    revisions = {each.listing.name: each for each in written}
    between = "\n" if output.on_terminal() else ", "
    rows = []
    for name, listing in sorted(listings.items()):
        families, quorum = families_of(name, listings, feeds), params_of(listing).quorum
        reached = "" if reaches_quorum(name, listings, feeds) else "NOT REACHED: "
        rows.append(
            [
                name,
                between.join([place_shown(each, feeds) for each in listing.listed]),
                between.join(sorted(families)),
                f"{reached}{len(families)} for {quorum}",
                between.join([f"{key} {value:,}" for key, value in chosen(listing.rule).items()]),
                origin(revisions.get(name)),
            ]
        )
    columns = ["instrument", "feeds (off)", "families", "quorum", "parameters", "listed"]
    output.table(f"{len(rows)} instruments", columns, rows, left=len(columns))


def place_shown(listed: Listed, feeds: Mapping[str, FeedSettings]) -> str:
    """`binance SOLUSDT:USDT`; in brackets where the feed is off."""
    said = place_name(listed)
    return said if listed.feed in feeds and feeds[listed.feed].on else f"({said})"


def origin(revision: ListingRevision | None) -> str:
    """Where a row comes from."""
    if revision is None:
        return "built in"
    said = f"#{revision.number} by {revision.by}, {moment(revision.at_ms)[:10]}"
    return f"{said}, UNPROBED: {revision.reason}" if revision.unprobed else said


def listing_shown(listing: Listing) -> str:
    """A row in one line."""
    places = [place_name(each) for each in listing.listed]
    return ", ".join([*places, *[f"{name} {value:,}" for name, value in chosen(listing.rule).items()]])


def place_name(listed: Listed) -> str:
    """As it would be given: the currency is named unless it is the dollar."""
    return f"{listed.feed} {short(listed.symbol)}" + ("" if listed.quote == USD else f":{listed.quote}")
