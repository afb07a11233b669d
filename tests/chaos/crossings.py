"""How long it takes from a price's leap to the money: one process with all roles, the feed server, SQLite, real time.

`python -m tests.chaos.crossings --rooms 20` prints a line of JSON; docs/oracle.md has what it printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cli.loops.evening import an_evening, calm

from rooms_oracle.heard import TICK_MS


async def crossings(place: str, rooms: int, seed: int) -> dict[str, object]:
    """Let the price leap once for each room, at any time between two ticks; delays in ms."""
    chance, delays, right = random.Random(seed), [], 0
    async with an_evening(place) as evening:
        process = await evening.run("all")
        await process.tells("has the role", role="monitor")
        for number in range(1_000, 1_000 + rooms * 1_000, 1_000):
            room = await evening.room(number)
            leapt_ms, tick_ms = evening.leap(before_ms=chance.randrange(TICK_MS))
            stands, row = await evening.settled(room.id)
            assert stands.resolution is not None
            delays.append(row.at_ms - leapt_ms)
            sys.stderr.write(f"room {number}: {delays[-1]} ms\n")
            right += tick_ms == stands.resolution.at_ms
        process.process.send_signal(signal.SIGTERM)
        await process.ends()
        delays.sort()
        return {
            "rooms": rooms,
            "at_the_right_tick": right,
            "calm": calm(process),
            "least_ms": delays[0],
            "median_ms": delays[len(delays) // 2],
            "most_ms": delays[-1],
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found; 1 if a room took longer than 10 s."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="rooms-crossings-") as folder:
        found = asyncio.run(crossings(str(Path(folder) / "books.db"), given.rooms, given.seed))
    sys.stdout.write(json.dumps(found) + "\n")
    most = found["most_ms"]
    assert isinstance(most, int)
    return int(most > 10_000)


if __name__ == "__main__":
    sys.exit(main())
