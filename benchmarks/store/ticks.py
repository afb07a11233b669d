"""S15: a tick over many open rooms by heaps against looking at each room."""

from __future__ import annotations

import random
import statistics
import time
from typing import Final

from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, at_least
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_oracle.hits import Thresholds
from rooms_oracle.touch import Hit
from rooms_oracle.watch import TargetWatch

SYMBOLS: Final = 200
_START: Final = 200 * 10**12
_TICK_MS: Final = 3_000


async def against_scan(stage: Stage) -> list[Goal]:
    """S15: the median time of a tick that looks at every room ÷ of one that looks at the tops of the heaps."""
    chance = random.Random(15)
    count, ticks = stage.sizes.watched, 20 * stage.sizes.rounds
    rooms = [_room(number, chance) for number in range(count)]
    watches = [TargetWatch() for _ in range(SYMBOLS)]
    for number, room in enumerate(rooms):
        watches[number % SYMBOLS].add(room)
    waiting = [dict[RoomId, WatchedRoom]() for _ in range(SYMBOLS)]
    for number, room in enumerate(rooms):
        waiting[number % SYMBOLS][room.room] = room
    prices = [_START] * SYMBOLS
    heaps, scans, differ = [], [], 0
    for tick in range(ticks):
        stage.tell(f"tick {tick + 1} of {ticks} over {count:,} rooms")
        prices = [price + price * chance.randrange(-500, 501) // 1_000_000 for price in prices]
        began = time.perf_counter()
        found = {
            room.room
            for watch, price in zip(watches, prices, strict=True)
            for room in watch.reached(Thresholds(price, price))
        }
        for watch, price in zip(watches, prices, strict=True):
            watch.tick(Hit(tick * _TICK_MS, price), Thresholds(price, price), lambda *_: 0)
        heaps.append(time.perf_counter() - began)
        began = time.perf_counter()
        scanned = {
            room.room
            for held, price in zip(waiting, prices, strict=True)
            for room in held.values()
            if (price >= room.target if room.direction is Direction.UP else price <= room.target)
        }
        scans.append(time.perf_counter() - began)
        differ += found != scanned
        for number in range(SYMBOLS):
            for reached in found & waiting[number].keys():
                watches[number].discard(reached)
                del waiting[number][reached]
    if differ:
        raise RuntimeError(f"{differ} ticks found other rooms than a scan")
    heap, scan = statistics.median(heaps), statistics.median(scans)
    what = f"time of a tick that scans {count:,} rooms ÷ by heaps, {SYMBOLS} symbols"
    return [at_least("S15", what, scan / heap, 8.0, f"{scan * 1e3:.2f} ms against {heap * 1e3:.2f} ms")]


def _room(number: int, chance: random.Random) -> WatchedRoom:
    """A target within 10 % above or below the price at which the ticks begin."""
    away = _START * chance.randrange(200, 100_000) // 1_000_000
    up = chance.random() < 0.5
    return WatchedRoom(
        room=RoomId(2 + 2 * number),
        instrument=f"COIN{number % SYMBOLS}/USD",
        direction=Direction.UP if up else Direction.DOWN,
        target=_START + away if up else _START - away,
        since_ms=0,
        settle_at_ms=10**12,
    )
