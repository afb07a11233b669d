"""`rooms bench math`: the exact reciprocal against the plain division, and the memory of a streamed settlement."""

from __future__ import annotations

import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from rooms_cli.benches import Goal, at_most
from rooms_core.domain.dividend import Dividend
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import NO, YES
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.tally import Position, Tally
from rooms_core.domain.terms import VoidReason, decide

_MIB: Final = 1024 * 1024
_BLOCK: Final = 10_000
_STAKE: Final = 1_000_000_007


def measure(*, quick: bool, tell: Callable[[str], None]) -> list[Goal]:
    """A pool of a million winners (quick: 100,000), each way in turn; medians, and every payout compared."""
    count, rounds = (100_000, 5) if quick else (1_000_000, 7)
    tell(f"streaming {count:,} positions through a settlement")
    grown = streamed_growth(count)
    tell(f"paying {count:,} winners both ways, {rounds} times in turn")
    ratio, unequal = side_by_side(count, rounds)
    return [
        at_most(
            "S8", f"time of the exact reciprocal ÷ time of `//`, {count:,} winners", round(ratio, 3), 0.75
        ),
        at_most("S8-equal", "inputs on which the two differ", unequal, 0),
        at_most(
            "stream", f"MiB that a settlement of {count:,} positions grows by", round(grown / _MIB, 2), 20
        ),
    ]


def side_by_side(count: int, rounds: int) -> tuple[float, int]:
    """The ratio of the median times, and on how many inputs the answers differ, edges of the range included."""
    chance = random.Random(8)
    positions = [chance.randrange(1_000_000, 100_000_000_000) for _ in range(count)]
    on = sum(positions)
    paid = on * 145 // 100
    dividend = Dividend(paid, on)
    fast = dividend.reciprocal(Lamports(max(positions)))
    times: dict[str, list[float]] = {"reciprocal": [], "division": []}
    unequal = 0
    for number in range(rounds):
        # Whoever goes first finds a colder cache, so they take turns.
        answers = {}
        for way in sorted(times, reverse=bool(number % 2)):
            began = time.perf_counter()
            if way == "reciprocal":
                answers[way] = fast.payouts(positions)
            else:
                answers[way] = [position * paid // on for position in positions]
            times[way].append(time.perf_counter() - began)
        unequal += sum(map(int.__ne__, answers["reciprocal"], answers["division"]))
    unequal += _edges(chance)
    return statistics.median(times["reciprocal"]) / statistics.median(times["division"]), unequal


def _edges(chance: random.Random) -> int:
    """Where the reciprocal would fail if it could: the ends of the range, and multiples of the winners' stakes ± 1."""
    unequal = 0
    for _ in range(2_000):
        on = chance.choice([1, 2, 3, STORED_MAX, chance.randrange(1, STORED_MAX), 2 ** chance.randrange(63)])
        paid = chance.choice([0, 1, on - 1, on, on + 1, chance.randrange(2**64), STORED_MAX**2])
        largest = chance.choice([1, on, STORED_MAX, STORED_MAX * 1_000_000])
        multiple = largest // on * on
        near = {0, 1, largest, largest - 1, multiple, max(0, multiple - 1), min(largest, multiple + 1)}
        fast = Dividend(paid, on).reciprocal(Lamports(largest))
        unequal += sum(map(int.__ne__, fast.payouts(near), (each * paid // on for each in near)))
    return unequal


def streamed_growth(count: int) -> int:
    """The most bytes that were held at a time while a settlement of `count` positions went by in blocks."""
    pool = Pool(((YES, Lamports(_STAKE * (count - count // 2))), (NO, Lamports(_STAKE * (count // 2)))))
    terms = decide(pool, (YES,), HouseRules.preset("rooms"), hosted=True)
    if isinstance(terms, VoidReason):
        raise InvariantBroken("bench", f"a pool with two sides is not void: {terms}")
    tracemalloc.start()
    tally: Tally[int] = Tally(terms)
    positions = _positions(count)
    while lines := tally.take(islice(positions, _BLOCK)):
        del lines
    tally.close()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def _positions(count: int) -> Iterator[Position[int]]:
    """`count` bettors with a position each, every other one on the winner."""
    for bettor in range(count):
        yield Position(bettor=bettor, outcome=NO if bettor % 2 else YES, staked=Lamports(_STAKE))
