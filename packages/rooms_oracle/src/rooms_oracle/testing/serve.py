"""The feed server as a program: `python -m rooms_oracle.testing.serve [--port 8600] [--seed 7 | --prices FOLDER]`.

It plays a generated market, or recorded minutes from their first one on, as if it were now. It says on its output
where the feeds are; a GET of `/switch/okx/TIMEOUT` switches a fault on, of `/switch/okx/NONE` off again. With
`/switch/okx/stream/SILENT` it is a fault of the stream.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rooms_core.result import Err, Ok, Result
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import MINUTE_MS, FeedSource
from rooms_oracle.replay import ReplayFeeds, ReplayUnreadable
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.feed_server import FeedServer

SEED: Final = 7


def source_of(
    prices: Path | None, *, seed: int, now_ms: int
) -> Result[tuple[FeedSource, int], ReplayUnreadable]:
    """What is played, and how many ms ago it happened, in whole minutes."""
    if prices is None:
        return Ok((GeneratedFeeds(seed), 0))
    match ReplayFeeds.open_folder(prices):
        case Err() as unreadable:
            return unreadable
        case Ok(replay):
            first_ms = min([replay.span_ms(name)[0] for name in replay.instruments()])
            return Ok((replay, (now_ms - first_ms) // MINUTE_MS * MINUTE_MS))


async def serve(source: FeedSource, *, shift_ms: int, port: int, start_ms: int) -> None:
    """Serve until cancelled."""
    async with FeedServer(source, RunningClock(start_ms), port=port, shift_ms=shift_ms) as server:
        sys.stdout.write(f"feeds at {server.address('')}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and serve until interrupted; 1 if prices or port cannot be had."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--prices", type=Path)
    given = parser.parse_args(arguments)
    now_ms = time.time_ns() // 1_000_000
    match source_of(given.prices, seed=given.seed, now_ms=now_ms):
        case Err(why):
            sys.stderr.write(why.message + "\n")
            return 1
        case Ok((source, shift_ms)):
            try:
                asyncio.run(serve(source, shift_ms=shift_ms, port=given.port, start_ms=now_ms))
            except KeyboardInterrupt:
                return 130
            except (OSError, OverflowError) as error:
                sys.stderr.write(f"port {given.port} cannot be had: {error}\ngive another one with --port\n")
                return 1
            return 0


if __name__ == "__main__":
    sys.exit(main())
