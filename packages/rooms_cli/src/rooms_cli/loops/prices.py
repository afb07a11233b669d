"""Opening the source of prices: the feeds of the internet, a feed server, or prices that are made up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rooms_cli.loops.listings import load_listings
from rooms_core.ports.clock import Clock
from rooms_core.ports.rng import Rng
from rooms_core.ports.store import Store
from rooms_oracle.environment import FeedsWanted
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import FeedSource
from rooms_oracle.live import LiveFeeds, open_feeds
from rooms_oracle.pace import ClockPace


@asynccontextmanager
async def open_prices(
    wanted: FeedsWanted, store: Store, *, clock: Clock, rng: Rng
) -> AsyncIterator[tuple[FeedSource, LiveFeeds | None, int]]:
    """The source, the live feeds if it is these, and the number of instruments listed. Closed at the end."""
    if wanted.seed is not None:
        yield GeneratedFeeds(wanted.seed), None, 0
        return
    listings = await load_listings(store)
    feeds = open_feeds(wanted.feeds, clock=clock, pace=ClockPace(clock), rng=rng, listings=listings)
    try:
        yield feeds, feeds, len(listings)
    finally:
        await feeds.close()
