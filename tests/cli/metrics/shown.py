"""A process with everything in it that can be shown, and its metrics as Prometheus would read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from prometheus_client.parser import text_string_to_metric_families

from rooms_cli.loops.counted import TickCounts
from rooms_cli.loops.standing import LoopStanding, Running
from rooms_core.testing.clock import NOON_MS
from rooms_oracle.breaker import BreakerState
from rooms_oracle.instrument_standing import InstrumentStanding
from rooms_oracle.live import LiveFeeds
from rooms_oracle.stats import FeedStanding, StreamStanding

FEED = FeedStanding(
    name="okx",
    on=True,
    last_success_ms=NOON_MS,
    age_ms=1_500,
    p50_ms=80,
    p99_ms=900,
    calls=7,
    errors={"TIMEOUT": 2, "two words": 1, "other words": 3},
    breaker=BreakerState.HALF_OPEN,
    budget=8,
)
SILENT = FeedStanding(
    name="pyth",
    on=False,
    last_success_ms=None,
    age_ms=None,
    p50_ms=None,
    p99_ms=None,
    calls=1,
    errors={"SWITCHED_OFF": 1},
    breaker=BreakerState.CLOSED,
    budget=0,
)
STREAM = StreamStanding(
    name="okx",
    on=True,
    connected=1,
    carried=3,
    wanted=4,
    opened=2,
    messages=900,
    errors={},
    breaker=BreakerState.CLOSED,
    taken=40,
    polled={"STALE": 5},
)


def an_instrument(
    name: str, *, agreed: int = 4, gap: bool = False, accepted: bool = True
) -> InstrumentStanding:
    """One with five families, of which so many agree."""
    return InstrumentStanding(
        name=name,
        single_pool=name.startswith("pump:"),
        tick_ms=NOON_MS,
        accepted_ms=NOON_MS - 1_000 * agreed if accepted else None,
        families=5,
        agreed=agreed,
        watched=2,
        gap_from_ms=NOON_MS if gap else None,
    )


def a_process(*, leads: bool = True) -> Running:
    """A monitor and a settler with all that they count."""
    monitor = LoopStanding(role="monitor", leads=leads, last_turn_ms=NOON_MS)
    monitor.ended(NOON_MS, 120, well=True)
    monitor.ended(NOON_MS + 3_000, 20, well=False)
    monitor.counts += Counter(ticks=2, skipped=4)
    monitor.gauges |= {"tick_ms": NOON_MS, "instruments": 3, "priced": 2}
    monitor.time("tick_lag", 400)
    settler = LoopStanding(role="settler")
    settler.counts += Counter(settled=1)
    settler.time("settle_delay", 5_200)
    ticks = TickCounts(records=12, accepted_ms=NOON_MS)
    ticks.accepted += Counter({"SOL/USD": 9})
    ticks.refused += Counter({("SOL/USD", "NO_QUORUM"): 1})
    ticks.touches += Counter({"TICKS": 1})
    instruments = [
        an_instrument("SOL/USD"),
        an_instrument("pump:a", agreed=2, gap=True),
        an_instrument("pump:b", agreed=3, gap=True),
        an_instrument("NEW/USD", agreed=0, accepted=False),
    ]
    feeds = SimpleNamespace(standings=lambda: [FEED, SILENT], streams=lambda: [STREAM])
    return Running(
        loops=(monitor, settler), feeds=cast(LiveFeeds, feeds), ticks=ticks, instruments=lambda: instruments
    )


def read(text: str) -> Mapping[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by its name and labels, as Prometheus reads it."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(samples: Mapping[Any, float], name: str, **labels: str) -> float | None:
    """One sample, or None if there is no such."""
    return samples.get((name, frozenset(labels.items())))
