"""O1: the processor time of one tick over a thousand instruments, from the bytes of the answers to judged prices."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from benchmarks.oracle.bodies import ANSWERS, FEEDS, USDT, Prices, listings
from benchmarks.oracle.sizes import Sizes
from rooms_cli.benches import Goal, at_least, at_most
from rooms_core.domain.listing import Listing
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.result import Ok, Result
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_oracle.client import FeedClient
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.feeds import VENDORS
from rooms_oracle.heard import TICK_MS
from rooms_oracle.limiter import Limit
from rooms_oracle.live import LiveFeeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.settings import DEFAULTS, FeedSettings
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.transport import Params, Reply

_TICKS_A_MINUTE: Final = 20
_PLANS: Final = {
    "pyth": Limit(units=120, per_ms=10_000, burst=40),
    "cryptocompare": Limit(units=3_000, per_ms=60_000, burst=100),
}
"""A thousand ids take 10 and 20 calls a tick, which is more than the plans in the defaults carry."""


@dataclass(slots=True)
class PreparedLine:
    """Implements `transport.Transport`: hands out bodies that were written before anybody looked at the time."""

    bodies: dict[Params, bytes] = field(default_factory=dict)

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """The body for these parameters."""
        return Ok(Reply(200, {}, self.bodies[params]))

    async def close(self) -> None:
        """There is nothing to give back."""


async def a_tick(sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    """O1: the median tick, and the tick of a minute on which a record of each instrument is written.

    Every price is accepted, or it would not have been work, and the first records name all five families.
    """
    clock = ManualClock(NOON_MS)
    listed = listings(sizes.instruments)
    lines = {feed: PreparedLine() for feed in FEEDS}
    clients = [
        FeedClient(
            vendor, _settings(vendor.name), line=line, clock=clock, pace=ManualPace(clock), rng=SeededRng()
        )
        for vendor in VENDORS
        if (line := lines.get(vendor.name)) is not None
    ]
    oracle = ConsensusOracle(LiveFeeds(clients, clock=clock, pace=ManualPace(clock), listings=listed))
    for listing in listed:
        if listing.name != USDT:
            oracle.poll(listing.name)
    calls = {client.vendor.name: client.vendor.calls(_symbols(client, listed)) for client in clients}
    prices = Prices(sizes.instruments, seed=1)
    plain, sampled, unpriced, families = list[float](), list[float](), 0, len(FEEDS)
    for number in range(sizes.ticks):
        tick_ms = NOON_MS + number * TICK_MS
        tell(f"tick {number + 1} of {sizes.ticks} over {sizes.instruments:,} instruments")
        prices.move()
        for feed, asked in calls.items():
            lines[feed].bodies = {call.params: ANSWERS[feed](prices, call, tick_ms) for call in asked}
        clock.set(tick_ms)
        gc.collect()
        began = time.process_time()
        ticked = await oracle.tick(tick_ms)
        took = time.process_time() - began
        assert isinstance(ticked, Ok)
        (plain if number % _TICKS_A_MINUTE else sampled).append(took)
        unpriced += sizes.instruments - len(ticked.value.states) + len(ticked.value.refused)
        families = min([families, *[_inliers(record) for record in ticked.value.records]])
    size = sum([len(body) for line in lines.values() for body in line.bodies.values()])
    bodies = sum([len(line.bodies) for line in lines.values()])
    seen = f"{bodies} answers of together {size / 2**20:.1f} MiB, of {', '.join(FEEDS)}"
    what = f"seconds of CPU for a tick over {sizes.instruments:,} instruments × {len(FEEDS)} families"
    return [
        at_most("O1", f"{what}, from the bytes to judged prices", statistics.median(plain), 1.0, seen),
        at_most("O1-minute", f"{what}, and a record of each: once a minute", max(sampled), 1.0),
        at_most("O1-unpriced", "instruments without a price on one of these ticks", unpriced, 0),
        at_least("O1-families", "families in the price that has the fewest of them", families, 5),
    ]


def _settings(feed: str) -> FeedSettings:
    own = DEFAULTS[feed]
    return own.model_copy(update={"enabled": True, "limit": _PLANS.get(feed, own.limit)})


def _symbols(client: FeedClient, listed: Iterable[Listing]) -> list[str]:
    feed = client.vendor.name
    return sorted({each.symbol for listing in listed for each in listing.listed if each.feed == feed})


def _inliers(record: EvidenceRecord) -> int:
    """How many families made the price of a record; a rate has fewer, and is passed over."""
    result = json.loads(record.body)["result"]
    return len(FEEDS) if record.instrument == USDT else len(result["inliers"])
