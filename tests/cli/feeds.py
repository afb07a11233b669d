"""A feed server that runs beside the command line, on the machine's own clock, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from rooms_core.domain.listing import Listed, Listing
from rooms_oracle.generated import COINS, GeneratedFeeds
from rooms_oracle.listing import LISTINGS
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.feed_server import FeedServer

DOGE = Listing(
    name="DOGE/USD",
    listed=(
        Listed("binance", "DOGEUSDT", "USDT"),
        Listed("coinbase", "DOGE-USD"),
        Listed("kraken", "XDGUSD"),
        Listed("okx", "DOGE-USDT", "USDT"),
        Listed("coingecko", "dogecoin"),
    ),
)
"""What the venues of these tests know besides what is built in."""


COIN: Final = DOGE.name
ALL: Final = (
    *("--binance", "DOGEUSDT:USDT"),
    *("--coinbase", "DOGE-USD"),
    *("--kraken", "XDGUSD"),
    *("--okx", "DOGE-USDT:USDT"),
)
"""Its venues that need no key, as options."""


@contextmanager
def serving(known: Iterable[Listing] = (DOGE,)) -> Iterator[FeedServer]:
    """The server, once it listens; it is gone at the end."""
    market = GeneratedFeeds(7, coins={**COINS, "DOGE": 175 * 10**9})
    clock = RunningClock(time.time_ns() // 1_000_000)
    server = FeedServer(market, clock, listings=[*LISTINGS, *known])
    listens, loop = threading.Event(), asyncio.new_event_loop()
    ended: list[Callable[[], object]] = []

    async def serve() -> None:
        over = asyncio.Event()
        ended.append(lambda: loop.call_soon_threadsafe(over.set))
        async with server:
            listens.set()
            await over.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert listens.wait(10)
    try:
        yield server
    finally:
        ended[0]()
        thread.join(10)
