"""How much a stream is worth: `python -m benchmarks.oracle.stream_figures` prints it, on loopback, in a minute.

A line of 150 ms there and back stands between the feeds and us. For each feed, in ms: how long after a tick's time it
has been heard, how old its price then can be at most, and how long ago it arrived. And what ten thousand messages a
second do to a tick.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.limiter import Limit
from rooms_oracle.live import LiveFeeds, open_feeds
from rooms_oracle.pace import ClockPace
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.streams import STREAMS
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.feed_server import FeedServer

LAG_SECONDS: Final = 0.150
TICKS: Final = 30
EVERY_MS: Final = 250
FLOOD: Final = 10_000
"""Messages a second, on one stream."""
FLOODED_SECONDS: Final = 5
COINS: Final = ("BTC/USD", "ETH/USD", "SOL/USD")
PLENTY: Final = Limit(units=1_000_000, per_ms=1_000, burst=100_000)
"""Ticks follow one another faster here than anywhere else."""


@dataclass(slots=True)
class Figures:
    """What was measured of one feed, in ms."""

    heard: list[int] = field(default_factory=list)
    age: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)


def opened(server: FeedServer, names: Sequence[str], *, stream: bool, tasks: AwaitedTasks) -> LiveFeeds:
    """Some feeds of the server."""
    settings = server.settings(
        {name: DEFAULTS[name].model_copy(update={"stream": stream, "limit": PLENTY}) for name in names}
    )
    clock = server.clock
    return open_feeds(settings, clock=clock, pace=ClockPace(clock), rng=SeededRng(), tasks=tasks)


async def measure(feed: str, *, stream: bool) -> Figures:
    """Ticks of one feed, over a line that takes its time."""
    found, clock, tasks = Figures(), RunningClock(NOON_MS), AwaitedTasks()
    async with FeedServer(GeneratedFeeds(7), clock) as server:
        server.lag_seconds, server.streams.lag_seconds = LAG_SECONDS, LAG_SECONDS / 2
        feeds = opened(server, [feed], stream=stream, tasks=tasks)
        for _ in range(TICKS):
            tick_ms = clock.now_ms() + EVERY_MS
            taken = sum([each.taken for each in feeds.streams()])
            heard = await feeds.collect(COINS, tick_ms)
            now_ms = clock.now_ms()
            if stream and sum([each.taken for each in feeds.streams()]) < taken + len(COINS):
                continue  # still opening, or compared with what is polled
            for quote in [each for said in heard.values() for each in said.quotes]:
                found.heard.append(now_ms - tick_ms)
                own_ms = quote.ts_source if stream else None  # calls tell the time of the server's grid
                found.age.append(now_ms - (quote.ts_request_start if own_ms is None else own_ms))
                found.received.append(now_ms - quote.ts_received)
        await feeds.close()
        await tasks.drain()
    return found


async def flooded(rate: int) -> tuple[list[float], float, int]:
    """How late ticks are heard while a stream is flooded, in ms; the share of a core; messages a second."""
    clock, tasks = RunningClock(NOON_MS), AwaitedTasks()
    async with FeedServer(GeneratedFeeds(7), clock) as server:
        feeds = opened(server, ["binance"], stream=True, tasks=tasks)
        server.streams.push_seconds = 0.02
        server.streams.flood = max(1, rate // (36 * len(COINS)))
        while sum([each.taken for each in feeds.streams()]) < 2 * len(COINS):
            await feeds.collect(COINS, clock.now_ms() + EVERY_MS)
        late: list[float] = []
        before, begun, used = feeds.streams()[0].messages, time.perf_counter(), time.process_time()
        while time.perf_counter() - begun < FLOODED_SECONDS:
            await asyncio.sleep(0.05)
            due = time.perf_counter()
            await feeds.collect(COINS, clock.now_ms())
            late.append(1_000 * (time.perf_counter() - due))
        seconds = time.perf_counter() - begun
        share, messages = (time.process_time() - used) / seconds, feeds.streams()[0].messages - before
        await feeds.close()
        await tasks.drain()
    return late, share, round(messages / seconds)


async def main() -> None:
    """Print all figures."""
    print_line("feed", "way", "heard p50", "p99", "age p50", "p99", "arrived p50", "p99")
    for feed in STREAMS:
        for stream in (False, True):
            found = await measure(feed, stream=stream)
            way = "stream" if stream else "polling"
            figures = (*middle(found.heard), *middle(found.age), *middle(found.received))
            print_line(feed, way, *[str(each) for each in figures])
    for rate in (0, FLOOD):
        late, share, messages = await flooded(rate)
        ordered = sorted(late)
        sys.stdout.write(
            f"{messages} messages/s: a tick is heard after {median(ordered):.1f} ms, p99 "
            f"{ordered[len(ordered) * 99 // 100]:.1f}, at most {ordered[-1]:.1f}; "
            f"{100 * share:.0f} % of a core, the server's part included\n"
        )


def middle(figures: Sequence[int]) -> tuple[int, int]:
    """The median and the 99th of a hundred."""
    ordered = sorted(figures)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


def print_line(*words: str) -> None:
    """One row."""
    sys.stdout.write("  ".join([word.ljust(11) for word in words]).rstrip() + "\n")


if __name__ == "__main__":
    asyncio.run(main())
