"""The same ticks asked over HTTP and without a network: whatever is judged must be the same, to the digit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.replay.stage import COIN, FEEDS, Side
from tests.replay.weather import Weather

from rooms_core.domain.listing import Listing
from rooms_core.result import Err
from rooms_core.testing.clock import ManualClock
from rooms_oracle.heard import TICK_MS, FeedSource


@dataclass(slots=True)
class Compared:
    """Ticks judged twice, and those of which the two judgements differ."""

    ticks: int = 0
    accepted: int = 0
    differ: int = 0


async def over_http(
    source: FeedSource,
    listings: tuple[Listing, ...],
    from_ms: int,
    ticks: int,
    *,
    seed: int = 1,
    told: Callable[[int, int], None] = lambda done, whole: None,
) -> Compared:
    """Play some ticks with thousandfold prices on 1 % of them, on both lines."""
    weather, found = Weather("thousandfold", Random(seed), FEEDS), Compared()
    direct = Side(source, listings, ManualClock(from_ms))
    direct.open()
    wired = Side(source, listings, ManualClock(from_ms))
    async with wired.server:
        wired.open(http=True)
        for number in range(ticks):
            tick_ms, sky = from_ms + number * TICK_MS, weather.next()
            for side in (direct, wired):
                side.at(tick_ms, dict(sky.faults))
                ticked = await side.oracle.tick(tick_ms)
                assert not isinstance(ticked, Err), ticked
            one, other = direct.held(COIN), wired.held(COIN)
            found.ticks += 1
            found.accepted += other.accepted
            found.differ += (one.judged.found, one.inputs.silent) != (other.judged.found, other.inputs.silent)
            told(number + 1, ticks)
        await wired.close()
    await direct.close()
    return found
