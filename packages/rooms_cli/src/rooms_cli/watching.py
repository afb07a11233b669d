"""Watching from the command line: the source opened, one tick after another, and all connections given back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from rooms_cli.chance import SystemRng
from rooms_cli.clock import SystemClock
from rooms_cli.price_watch import PriceWatch, SeenTick
from rooms_cli.tasks import LoopTasks
from rooms_core.domain.listing import Listing
from rooms_oracle.environment import FeedsWanted
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.grid import next_turn
from rooms_oracle.heard import FeedSource
from rooms_oracle.live import LiveFeeds, open_feeds
from rooms_oracle.pace import ClockPace

Show = Callable[[SeenTick], bool]
"""Is given each tick; answers whether another one is wanted."""


def watch_prices(wanted: FeedsWanted, names: Sequence[str], written: Iterable[Listing], show: Show) -> None:
    """Evaluate one tick of the grid after another until `show` has seen enough."""
    logging.getLogger("rooms_oracle").addHandler(logging.NullHandler())  # the table says it
    asyncio.run(_opened(wanted, names, tuple(written), show))


async def _opened(
    wanted: FeedsWanted, names: Sequence[str], written: tuple[Listing, ...], show: Show
) -> None:
    clock = SystemClock()
    if wanted.seed is not None:
        await _watch(GeneratedFeeds(wanted.seed), None, names, clock, show)
        return
    rng = SystemRng()
    feeds = open_feeds(wanted.feeds, clock=clock, pace=ClockPace(clock), rng=rng, tasks=LoopTasks(rng))
    try:
        feeds.learn(written)
        await _watch(feeds, feeds, names, clock, show)
    finally:
        await feeds.close()


async def _watch(
    source: FeedSource, live: LiveFeeds | None, names: Sequence[str], clock: SystemClock, show: Show
) -> None:
    watch, pace, last_ms, more = PriceWatch(source, names), ClockPace(clock), None, True
    while more:
        turn = next_turn(last_ms, clock.now_ms())
        last_ms = turn.tick_ms
        await pace.until(turn.tick_ms)
        seen = await watch.look(turn.tick_ms)
        feeds = () if live is None else tuple(live.standings())
        more = show(SeenTick(at_ms=turn.tick_ms, skipped=turn.skipped, instruments=seen, feeds=feeds))
