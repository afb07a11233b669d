"""`rooms oracle list`: which feed knows which instrument by which symbol."""

from __future__ import annotations

from rooms_cli.commands.oracle_places import AsJson
from rooms_cli.database import DEFAULT, Database


def list_instruments(database: Database = DEFAULT, as_json: AsJson = False) -> None:
    """Instruments that are listed, built in or in the books, and whether the feeds that are on can price them.

    Nobody is asked: `rooms oracle probe` does that. Feeds that are off stand in brackets. JSON is one a line.
    """
    from rooms_cli.feeds_input import feeds_wanted
    from rooms_cli.listing_books import revisions_if_any
    from rooms_cli.listing_view import listing_json, show_listings
    from rooms_cli.output import json_line, write_line
    from rooms_core.domain.listing import in_force
    from rooms_oracle.listing import LISTINGS

    feeds = feeds_wanted().feeds
    written = revisions_if_any(database)
    listings = in_force(LISTINGS, written)
    if not as_json:
        show_listings(listings, written, feeds)
        return
    revisions = {each.listing.name: each for each in written}
    for name, listing in sorted(listings.items()):
        write_line(json_line(listing_json(listing, revisions.get(name), listings, feeds)))
