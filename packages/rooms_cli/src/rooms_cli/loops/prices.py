"""Opening the source of prices: the feeds of the internet, a feed server, or prices that are made up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rooms_cli.loops.listings import LearnListings
from rooms_cli.tasks import LoopTasks
from rooms_core.ports.clock import Clock
from rooms_core.ports.rng import Rng
from rooms_core.ports.store import Store
from rooms_oracle.environment import FeedsWanted
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import FeedSource
from rooms_oracle.live import open_feeds
from rooms_oracle.pace import ClockPace


@asynccontextmanager
async def open_prices(
    wanted: FeedsWanted, store: Store, *, clock: Clock, rng: Rng
) -> AsyncIterator[tuple[FeedSource, LearnListings | None]]:
    """The source, and if it is live feeds what keeps them to the instruments that are listed. Closed at the end.

    Books that do not answer now are asked again by the monitor: until then what is built in is listed.
    """
    if wanted.seed is not None:
        yield GeneratedFeeds(wanted.seed), None
        return
    feeds = open_feeds(wanted.feeds, clock=clock, pace=ClockPace(clock), rng=rng, tasks=LoopTasks(rng))
    try:
        learn = LearnListings(feeds)
        await learn(store)
        yield feeds, learn
    finally:
        await feeds.close()
