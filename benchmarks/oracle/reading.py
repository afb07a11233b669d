"""O1: the processor time of one tick over a thousand instruments, from the bytes of the answers to judged prices."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from benchmarks.oracle.bodies import FEEDS, USDT, Prices, body, listings
from benchmarks.oracle.sizes import Sizes
from rooms_cli.benches import Goal, at_least, at_most
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.result import Ok, Result
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_oracle.client import FeedClient
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.feeds import VENDORS
from rooms_oracle.heard import MINUTE_MS, TICK_MS
from rooms_oracle.limiter import Limit
from rooms_oracle.live import LiveFeeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.settings import DEFAULTS, FeedSettings
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.transport import Params, Reply

_PLANS: Final = {
    "pyth": Limit(units=120, per_ms=10_000, burst=40),
    "cryptocompare": Limit(units=3_000, per_ms=60_000, burst=100),
}
"""A thousand ids take 10 and 20 calls a tick, which is more than the plans in the defaults carry."""


@dataclass(slots=True)
class PreparedLine:
    """Implements `transport.Transport`: hands out bodies that were written before anybody looked at the time.

    It has them for all calls that were made once; the first of each waits for its body to be written.
    """

    feed: str
    prices: Prices
    clock: ManualClock
    bodies: dict[Params, bytes] = field(default_factory=dict)

    def prepare(self) -> None:
        """Write all bodies anew for the prices of now."""
        self.bodies = {params: self._body(params) for params in self.bodies}

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """The body for these parameters."""
        if params not in self.bodies:
            self.bodies[params] = self._body(params)
        return Ok(Reply(200, {}, self.bodies[params]))

    async def close(self) -> None:
        """There is nothing to give back."""

    def _body(self, params: Params) -> bytes:
        return body(self.feed, params, self.prices, self.clock.now_ms())


async def a_tick(sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    """O1: the median tick, and the tick of a minute on which a record of each instrument is written.

    Every price is accepted, or it would not have been work, and the records name all five families.
    """
    clock, prices = ManualClock(NOON_MS), Prices(sizes.instruments, seed=1)
    lines = {feed: PreparedLine(feed, prices, clock) for feed in FEEDS}
    oracle = _oracle(sizes.instruments, lines, clock)
    plain, sampled, unpriced, families = list[float](), list[float](), 0, len(FEEDS)
    for number in range(sizes.ticks):
        tick_ms = NOON_MS + (number - 1) * TICK_MS
        tell(f"tick {number + 1} of {sizes.ticks} over {sizes.instruments:,} instruments")
        prices.move()
        clock.set(tick_ms)
        for line in lines.values():
            line.prepare()
        gc.collect()
        began = time.process_time()
        ticked = await oracle.tick(tick_ms)
        took = time.process_time() - began
        assert isinstance(ticked, Ok)
        if number:  # the first one is not timed: its bodies were written meanwhile
            (plain if tick_ms % MINUTE_MS else sampled).append(took)
        unpriced += sizes.instruments - len(ticked.value.states) + len(ticked.value.refused)
        families = min([families, *[_inliers(record) for record in ticked.value.records]])
    size = sum([len(sent) for line in lines.values() for sent in line.bodies.values()])
    bodies = sum([len(line.bodies) for line in lines.values()])
    seen = f"{bodies} answers of together {size / 2**20:.1f} MiB, of {', '.join(FEEDS)}"
    what = f"seconds of CPU for a tick over {sizes.instruments:,} instruments × {len(FEEDS)} families"
    return [
        at_most("O1", f"{what}, from the bytes to judged prices", statistics.median(plain), 1.0, seen),
        at_most("O1-minute", f"{what}, and a record of each: once a minute", max(sampled), 1.0),
        at_most("O1-unpriced", "instruments without a price on one of these ticks", unpriced, 0),
        at_least("O1-families", "families in the price that has the fewest of them", families, 5),
    ]


def _oracle(count: int, lines: Mapping[str, PreparedLine], clock: ManualClock) -> ConsensusOracle:
    """Over so many instruments, all of them polled."""
    listed, pace = listings(count), ManualPace(clock)
    clients = [
        FeedClient(vendor, _settings(vendor.name), line=line, clock=clock, pace=pace, rng=SeededRng())
        for vendor in VENDORS
        if (line := lines.get(vendor.name)) is not None
    ]
    oracle = ConsensusOracle(LiveFeeds(clients, clock=clock, pace=pace, listings=listed))
    for listing in listed:
        if listing.name != USDT:
            oracle.poll(listing.name)
    return oracle


def _settings(feed: str) -> FeedSettings:
    own = DEFAULTS[feed]
    return own.model_copy(update={"enabled": True, "limit": _PLANS.get(feed, own.limit)})


def _inliers(record: EvidenceRecord) -> int:
    """How many families made the price of a record; a rate has fewer, and is passed over."""
    result = json.loads(record.body)["result"]
    return len(FEEDS) if record.instrument == USDT else len(result["inliers"])
