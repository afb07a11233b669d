"""`rooms bench core`: what the pure core costs for a bet and for a line of a settlement, beside the plain way to it."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Final

from rooms_cli.benches import Goal, at_most
from rooms_cli.benches.core_bets import BATCH, judged_at_the_desk, judged_one_by_one, orders
from rooms_cli.benches.core_lines import House, settled_by_lines, settled_in_blocks

_MIB: Final = 1024 * 1024
_MICRO: Final = 1_000_000


def measure(*, quick: bool, tell: Callable[[str], None]) -> list[Goal]:
    """Batches of 500 bets, and a room with 200,000 positions of 100,000 users (quick: a tenth); each way in turn."""
    positions, rounds = (20_000, 5) if quick else (200_000, 7)
    tell(f"judging {BATCH} bets both ways, {rounds * 4} times in turn")
    bet, bet_ratio, bet_unequal = judging(rounds * 4, protected=False)
    kept, kept_ratio, kept_unequal = judging(rounds * 4, protected=True)
    tell(f"settling {positions:,} positions both ways, {rounds} times in turn")
    line, line_ratio, line_unequal = settling(positions, rounds)
    many = positions * 5
    tell(f"settling {many:,} positions and watching the memory")
    grown = settled_growth(many) / _MIB
    return [
        at_most("bet", "microseconds of the core for an accepted bet, in batches of 500", round(bet, 2), 15),
        at_most("bet-ratio", "time of the batch ÷ time of a room for each bet", round(bet_ratio, 3), 0.5),
        at_most("bet-kept", "microseconds for a bet with a protected return", round(kept, 2), 15),
        at_most("bet-kept-ratio", "time of the batch ÷ time of a room for each", round(kept_ratio, 3), 0.5),
        at_most("bet-equal", "batches on which the two differ", bet_unequal + kept_unequal, 0),
        at_most("line", "microseconds of the core for a settled position", round(line, 2), 8),
        at_most("line-ratio", "time of blocks ÷ time of each line by itself", round(line_ratio, 3), 0.4),
        at_most("line-equal", "settlements on which the two differ", line_unequal, 0),
        at_most("settle-memory", f"MiB that settling {many:,} positions grows by", round(grown, 1), 100),
    ]


def judging(rounds: int, *, protected: bool) -> tuple[float, float, int]:
    """Microseconds for a bet, the ratio of the medians, and in how many rounds the answers differ."""
    asked = orders(protected=protected)
    quick: list[float] = []
    plain: list[float] = []
    unequal = 0
    for number in range(rounds):
        answers = []
        # Whoever goes first finds a colder cache, so they take turns.
        for way, times in [(judged_at_the_desk, quick), (judged_one_by_one, plain)][:: 1 - 2 * (number % 2)]:
            took, answer = way(asked)
            times.append(took)
            answers.append(answer)
        unequal += answers[0] != answers[1]
    return _per(quick, BATCH), statistics.median(quick) / statistics.median(plain), unequal


def settling(positions: int, rounds: int) -> tuple[float, float, int]:
    """Microseconds for a position, the ratio of the medians, and 1 if the two ways do not settle alike, else 0."""
    house = House(positions)
    blocks = list(house.blocks())
    unequal = int(settled_in_blocks(house, blocks) != settled_by_lines(house, blocks))
    quick: list[float] = []
    plain: list[float] = []
    gc.freeze()  # a store streams its positions: those of the benchmark are nothing to look through again and again
    for number in range(rounds):
        for way, times in [(settled_in_blocks, quick), (settled_by_lines, plain)][:: 1 - 2 * (number % 2)]:
            began = time.process_time()
            way(house, blocks, counting=False)
            times.append(time.process_time() - began)
    gc.unfreeze()
    return _per(quick, positions), statistics.median(quick) / statistics.median(plain), unequal


def settled_growth(positions: int) -> int:
    """The most bytes held at a time while a room is settled whose positions are read in blocks; no store is counted."""
    house = House(positions)
    tracemalloc.start()
    settled_in_blocks(house, house.blocks(), counting=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def _per(times: list[float], count: int) -> float:
    return statistics.median(times) / count * _MICRO
