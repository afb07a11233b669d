"""Asking the feeds once, from the command line: opened, asked, closed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

from rooms_cli.chance import SystemRng
from rooms_cli.clock import SystemClock
from rooms_core.domain.listing import Listing
from rooms_oracle.environment import FeedsWanted
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.listing import LISTINGS
from rooms_oracle.live import open_feeds
from rooms_oracle.pace import ClockPace
from rooms_oracle.probe import probe
from rooms_oracle.probed import Probe


def probed(wanted: FeedsWanted, names: Sequence[str], written: Iterable[Listing]) -> dict[str, Probe]:
    """What the feeds say of these instruments now. `written`: all that is listed besides what is built in."""
    logging.getLogger("rooms_oracle").addHandler(logging.NullHandler())  # each reason is told by the probe
    return asyncio.run(_probed(wanted, names, tuple(written)))


async def _probed(
    wanted: FeedsWanted, names: Sequence[str], written: tuple[Listing, ...]
) -> dict[str, Probe]:
    clock = SystemClock()
    listings = {each.name: each for each in (*LISTINGS, *written)}
    if wanted.seed is not None:
        made_up = GeneratedFeeds(wanted.seed)
        at_ms = made_up.askable(clock.now_ms())
        return await probe(made_up, names, at_ms=at_ms, listings=listings, feeds={})
    feeds = open_feeds(wanted.feeds, clock=clock, pace=ClockPace(clock), rng=SystemRng())
    try:
        feeds.learn(written)
        return await probe(feeds, names, at_ms=clock.now_ms(), listings=listings, feeds=wanted.feeds)
    finally:
        await feeds.close()
