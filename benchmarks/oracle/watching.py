"""O2: what a hundred thousand open rooms add to a tick, by heaps, beside a look at each of them."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Final

from benchmarks.oracle.sizes import Sizes
from benchmarks.peers import scan
from rooms_cli.benches import Goal, at_least, at_most
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_oracle.heard import TICK_MS
from rooms_oracle.hits import Thresholds
from rooms_oracle.touch import Hit
from rooms_oracle.watch import TargetWatch

SYMBOLS: Final = 200
_START: Final = 200 * 10**12
_CALM_PPM: Final = 1_000
"""No target is nearer, and no price goes farther."""


def against_scan(sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    """O2: rooms on 200 symbols, and all of them on one. Ticks without hits are timed; ticks with hits are compared."""
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
