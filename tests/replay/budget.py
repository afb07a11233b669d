"""A thousand instruments for ten virtual minutes, as the feed server counts it: `python -m tests.replay.budget`.

All nine feeds are asked, each at most so often as leaves a fifth of its limit. In the middle every feed falls silent
for a while: then a thousand instruments owe the audit of the same minutes, retries and audits come on top of the
ticks, and the ticks must not wait for them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.replay.stage import PRICE, Flat
from tests.replay.virtual_pace import VirtualPace

from rooms_cli.output import json_line, say, table, write_line
from rooms_core.domain.ids import RoomId
from rooms_core.domain.listing import Listed, Listing, RuleChoices
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_core.result import Err, Result
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_oracle.client import FeedClient
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.feeds import VENDORS
from rooms_oracle.heard import MINUTE_MS, TICK_MS
from rooms_oracle.live import LiveFeeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.direct_line import DirectLine
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.shapes import SHAPES
from rooms_oracle.transport import Params, Reply

OUTAGE: Final = (3 * MINUTE_MS, 4 * MINUTE_MS + 30_000)
"""From when to when, after the start, every feed fails."""
RETRIED: Final = (Fault.HANG_UP, Fault.BUSY)
"""What is tried a second time within a tick: the dearest faults."""
MOST_PER_CENT: Final = 80
_UNIT: Final = {"binance": "weight"}


@dataclass(frozen=True, slots=True)
class DistantLine:
    """Another line with the time a call takes on the way; a call that is not answered takes all the time it has."""

    line: DirectLine
    pace: VirtualPace
    takes_ms: int

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """The other line's answer, later."""
        clock = self.pace.clock
        asked_ms = clock.now_ms()
        await self.pace.until(asked_ms + min(within_ms, self.takes_ms // 2))
        said = await self.line.get(path, params, headers, within_ms=within_ms)
        late = isinstance(said, Err) and isinstance(said.why, Timeout)
        await self.pace.until(asked_ms + (within_ms if late else min(within_ms, self.takes_ms)))
        return Err(Timeout()) if self.takes_ms > within_ms else said

    async def close(self) -> None:
        """There is nothing to give back."""


@dataclass(slots=True, kw_only=True)
class Load:
    """What a run of ticks asked of each feed, and how the ticks fared."""

    instruments: int
    ticks: int = 0
    skipped: int = 0
    latest_ms: int = 0
    accepted: list[int] = field(default_factory=list)
    owed: list[int] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    used: dict[str, tuple[int, int]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def wrong(self) -> list[str]:
        """What went beyond its share, or was late."""
        found = [
            f"{feed}: {used} of {limit} in a window"
            for feed, (used, limit) in self.used.items()
            if 100 * used > MOST_PER_CENT * limit
        ]
        if self.skipped:
            found.append(f"{self.skipped} ticks were skipped")
        return found


def listed(count: int) -> list[Listing]:
    """So many instruments, each on every feed that could have it, and the Tether they are quoted in."""
    rate = Listing(
        name="USDT/USD",
        listed=(
            Listed("coinbase", "USDT-USD"),
            Listed("kraken", "USDTZUSD"),
            Listed("cryptocompare", "USDT"),
        ),
        rule=RuleChoices(quorum=2),
    )
    return [rate, *[_coin(f"C{number:04}") for number in range(count)]]


def _coin(coin: str) -> Listing:
    return Listing(
        name=f"{coin}/USD",
        listed=(
            Listed("binance", f"{coin}USDT", "USDT"),
            Listed("coinbase", f"{coin}-USD"),
            Listed("kraken", f"{coin}USD"),
            Listed("okx", f"{coin}-USDT", "USDT"),
            Listed("pyth", coin),
            Listed("coingecko", coin.lower()),
            Listed("cryptocompare", coin),
            Listed("dexscreener", f"mint{coin}"),
            Listed("jupiter", f"mint{coin}"),
        ),
    )


async def measure(
    count: int,
    minutes: int,
    *,
    faults: Iterable[Fault] = (),
    feeds: Collection[str] = tuple(SHAPES),
    takes_ms: int = 80,
    seed: int = 1,
    told: Callable[[int, int], None] = lambda done, whole: None,
) -> Load:
    """Poll and watch so many instruments; with `faults` each feed fails during `OUTAGE`, one fault after another."""
    clock, listings, begun = ManualClock(NOON_MS), listed(count), time.process_time()
    pace = VirtualPace(clock)
    server = FeedServer(Flat(listings), clock, listings=listings)
    live = LiveFeeds(
        [
            FeedClient(
                vendor,
                DEFAULTS[vendor.name].model_copy(update={"enabled": True}),
                line=DistantLine(DirectLine(server, vendor.name), pace, takes_ms),
                clock=clock,
                pace=pace,
                rng=SeededRng(seed),
            )
            for vendor in VENDORS
            if vendor.name in feeds
        ],
        clock=clock,
        pace=pace,
        listings=listings,
    )
    oracle = ConsensusOracle(live)
    for number, listing in enumerate(listings[1:]):
        oracle.poll(listing.name)
        oracle.watch(_room(number, listing.name, NOON_MS + 2 * minutes * MINUTE_MS))
    load, wrong = Load(instruments=count), list(faults)
    end_ms, tick_ms = NOON_MS + minutes * MINUTE_MS, NOON_MS
    while tick_ms < end_ms:
        out = OUTAGE[0] <= tick_ms - NOON_MS < OUTAGE[1]
        fault = wrong[tick_ms // TICK_MS % len(wrong)] if wrong and out else None
        server.faults = {} if fault is None else dict.fromkeys(SHAPES, fault)
        clock.set(max(tick_ms, clock.now_ms()))
        ticked = await oracle.tick(tick_ms)
        assert not isinstance(ticked, Err), ticked
        load.ticks += 1
        load.accepted.append(count - len(ticked.value.refused))
        load.owed.append(sum(bool(tracker.gaps) for tracker in oracle._trackers.values()))
        load.latest_ms = max(load.latest_ms, clock.now_ms() - tick_ms)
        following_ms = max(tick_ms + TICK_MS, -(-clock.now_ms() // TICK_MS) * TICK_MS)
        load.skipped += (following_ms - tick_ms) // TICK_MS - 1
        tick_ms = following_ms
        told(tick_ms - NOON_MS, end_ms - NOON_MS)
    for feed in feeds:
        limit = DEFAULTS[feed].limit
        span_ms = limit.per_ms if limit.counts_windows else MINUTE_MS
        allowed = (
            limit.units if limit.counts_windows else limit.units * MINUTE_MS // limit.per_ms + limit.burst
        )
        load.used[feed] = (server.weight_within(feed, min(span_ms, MINUTE_MS * minutes)), allowed)
        load.calls[feed] = server.calls[feed]
    await live.close()
    load.seconds = time.process_time() - begun
    return load


def _room(number: int, name: str, settle_at_ms: int) -> WatchedRoom:
    return WatchedRoom(
        room=RoomId(number),
        instrument=name,
        direction=Direction.UP,
        target=2 * PRICE,
        since_ms=NOON_MS,
        settle_at_ms=settle_at_ms,
    )


def main() -> int:
    """0 if every feed was asked within its share and no tick was skipped, with and without an outage."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--instruments", type=int, default=1_000)
    asked.add_argument("--minutes", type=int, default=10)
    asked.add_argument("--quick", action="store_true", help="100 instruments")
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    count = min(options.instruments, 100) if options.quick else options.instruments
    loads = {}
    for name, faults in (("calm", ()), ("outage", RETRIED)):
        say(f"{count:,} instruments, {options.minutes} minutes, {name}")
        loads[name] = asyncio.run(measure(count, options.minutes, faults=faults))
    if options.json:
        write_line(json_line({"budget": {name: _record(load) for name, load in loads.items()}}))
    else:
        _show(loads)
    return 1 if any(load.wrong for load in loads.values()) else 0


def _record(load: Load) -> dict[str, Any]:
    return {
        "ok": not load.wrong,
        "instruments": load.instruments,
        "ticks": load.ticks,
        "skipped": load.skipped,
        "latest_ms": load.latest_ms,
        "accepted": load.accepted,
        "gaps_owed": load.owed,
        "calls": load.calls,
        "used_most": {feed: {"used": used, "limit": limit} for feed, (used, limit) in load.used.items()},
        "cpu_seconds": round(load.seconds, 1),
    }


def _show(loads: Mapping[str, Load]) -> None:
    for name, load in loads.items():
        rows = [
            [
                feed,
                f"{load.calls[feed]:,}",
                f"{used:,}",
                f"{limit:,} {_UNIT.get(feed, 'calls')}",
                f"{100 * used / limit:.1f} %",
            ]
            for feed, (used, limit) in load.used.items()
        ]
        table(
            f"{name}: {load.instruments:,} instruments",
            ("", "calls", "most in a window", "limit", "share"),
            rows,
        )
        least, owed = min(load.accepted), max(load.owed)
        print(
            f"{load.ticks} ticks, {load.skipped} skipped, the latest done {load.latest_ms:,} ms after its time; "
            f"accepted {least:,} to {max(load.accepted):,}; "
            f"audits owed {owed:,} at most, {load.owed[-1]:,} in the end; {load.seconds:.0f} s of CPU\n"
        )
        for each in load.wrong:
            print(f"WRONG: {each}")


if __name__ == "__main__":
    sys.exit(main())
