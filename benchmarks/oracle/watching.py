"""O2: what a tick over a hundred thousand open rooms costs: by heaps beside a look at each, and for the monitor."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable
from typing import Final

from benchmarks.oracle.sizes import Sizes
from benchmarks.peers import scan
from rooms_cli.benches import Goal, at_least, at_most
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction, Mode
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.ports.oracle import WatchedRoom
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.services.watch_targets import WatchTargets
from rooms_core.testing.builders import MINUTE_MS, a_market, a_room
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.memory_store import MemoryStore
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import TICK_MS
from rooms_oracle.hits import Thresholds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.touch import Hit
from rooms_oracle.watch import TargetWatch

SYMBOLS: Final = 200
_START: Final = 200 * 10**12
_CALM_PPM: Final = 1_000
"""No target is nearer, and no price goes farther."""


def over_rooms(sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    """O2: the targets alone, and the whole turn of the service that watches them."""
    return [*against_scan(sizes, tell), *asyncio.run(_monitor(sizes, tell))]


def against_scan(sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    """Rooms on 200 symbols, and all of them on one. Ticks without hits are timed; ticks with hits are compared."""
    goals = []
    for symbols, name in ((SYMBOLS, "O2"), (1, "O2-one")):
        tell(f"{sizes.watched:,} rooms on {symbols} symbols")
        heaps, scans, differ = _timed(sizes, symbols)
        heap, look = statistics.median(heaps), statistics.median(scans)
        over = f"{sizes.watched:,} open rooms on {symbols} symbol{'s' * (symbols > 1)}"
        seen = f"{look * 1e3:.2f} ms against {heap * 1e3:.3f} ms"
        goals += [
            at_most(name, f"ms of a tick without hits over {over}", heap * 1e3, 2.0),
            at_least(
                f"{name}-scan", f"time of a look at each ÷ time of the tick, {over}", look / heap, 8, seen
            ),
            at_most(f"{name}-equal", "ticks with hits on which the two differ", differ, 0),
        ]
    return goals


def _timed(sizes: Sizes, symbols: int) -> tuple[list[float], list[float], int]:
    """The times of both ways in turn, and on how many ticks they found other rooms."""
    chance = random.Random(2)
    rooms = [_room(number, chance) for number in range(sizes.watched)]
    watches = [TargetWatch() for _ in range(symbols)]
    shares = [rooms[number::symbols] for number in range(symbols)]
    for watch, share in zip(watches, shares, strict=True):
        for room in share:
            watch.add(room)
    heaps, scans, differ = list[float](), list[float](), 0
    for number in range(sizes.watch_ticks):
        prices = [_START + _START * chance.randrange(-_CALM_PPM, _CALM_PPM) // 10**6 for _ in range(symbols)]
        for way in ("heaps", "scan")[:: 1 - 2 * (number % 2)]:
            began = time.process_time()
            if way == "heaps":
                for watch, price in zip(watches, prices, strict=True):
                    watch.tick(Hit(number * TICK_MS, price), Thresholds(price, price), lambda *_: 0)
                heaps.append(time.process_time() - began)
            else:
                for share, price in zip(shares, prices, strict=True):
                    scan.reached(share, price)
                scans.append(time.process_time() - began)
        moved = [price * (10**6 + chance.choice([-1, 1]) * 5 * _CALM_PPM) // 10**6 for price in prices]
        for watch, share, price in zip(watches, shares, moved, strict=True):
            found = {room.room for room in watch.reached(Thresholds(price, price))}
            differ += found != scan.reached(share, price)
    return heaps, scans, differ


def _room(number: int, chance: random.Random) -> WatchedRoom:
    """A target from 0.1 % to 10 % above or below the price around which the ticks lie."""
    away = _START * chance.randrange(_CALM_PPM, 100 * _CALM_PPM) // 10**6
    up = chance.random() < 0.5
    return WatchedRoom(
        room=RoomId(2 + 2 * number),
        instrument="COIN/USD",
        direction=Direction.UP if up else Direction.DOWN,
        target=_START + away if up else _START - away,
        since_ms=0,
        settle_at_ms=10**12,
    )


async def _monitor(sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    """`WatchTargets` over books in memory and one generated coin; ticks on which the list of rooms is not read."""
    tell(f"the monitor over {sizes.watched:,} rooms")
    clock = ManualClock(NOON_MS)
    store = MemoryStore(clock)
    rooms = [_open_room(number) for number in range(sizes.watched)]

    async def work(books: Books) -> Result[None, StoreFailed]:
        for room in rooms:
            await books.rooms.add(room)
        return Ok(None)

    await store.run(work)
    oracle = ConsensusOracle(GeneratedFeeds(seed=2))
    watch, took = WatchTargets(store=store, oracle=oracle, read_every=10**9), list[float]()
    for number in range(sizes.watch_ticks + 1):
        clock.set(NOON_MS + number * TICK_MS)
        began = time.process_time()
        watched = await watch(NOON_MS + number * TICK_MS)
        took.append(time.process_time() - began)
        if not isinstance(watched, Ok) or watched.value.answered or watched.value.stuck:
            raise RuntimeError("a tick without hits brought something")
    what = f"ms of the monitor's whole turn without hits over {sizes.watched:,} open rooms, one coin, books in memory"
    return [at_most("O2-monitor", what, statistics.median(took[1:]) * 1e3, 2.0)]


def _open_room(number: int) -> Room:
    """Far from its target, and from its end."""
    return a_room(
        2 + 2 * number,
        market=a_market(mode=Mode.TOUCH, target=2 * _START + number),
        status=RoomStatus.OPEN,
        opened_at_ms=NOON_MS,
        settle_at_ms=NOON_MS + 24 * 60 * MINUTE_MS - number,
    )
