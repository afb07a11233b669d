"""S14: odds from the pool's rows against summing bets; both through the same plain connection."""

from __future__ import annotations

import statistics
import time
from typing import Any

import asyncpg

from benchmarks.peers.odds import POOL_ROWS, SUM_OF_BETS
from benchmarks.store.clients import in_turn
from benchmarks.store.load import Loaded, room_id
from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, at_least


async def odds(stage: Stage) -> list[Goal]:
    """S14: time to sum a room's bets ÷ time to read its pool."""
    sizes = stage.sizes
    each = sizes.counted // sizes.counted_rooms
    users = max(10, each // 4)
    rooms = [Loaded(number=number, bets=each, bettors=users) for number in range(sizes.counted_rooms)]
    dsn = await stage.database(users=users, rooms=rooms)
    connection = await asyncpg.connect(dsn)
    try:
        for number in range(sizes.counted_rooms):
            pooled = await connection.fetch(POOL_ROWS, room_id(number))
            summed = await connection.fetch(SUM_OF_BETS, room_id(number))
            if sorted(map(tuple, pooled)) != sorted(map(tuple, summed)):
                raise RuntimeError(f"the pool of room {number} is not the sum of its bets")

        def reading(statement: str, times: int) -> Any:
            async def run(number: int) -> float:
                took = []
                for count in range(times):
                    began = time.perf_counter()
                    await connection.fetch(statement, room_id((number + 7 * count) % sizes.counted_rooms))
                    took.append(time.perf_counter() - began)
                return statistics.median(took)

            return run

        turns = await in_turn(
            {"pool": reading(POOL_ROWS, 200), "bets": reading(SUM_OF_BETS, 20)}, sizes.rounds, tell=stage.tell
        )
    finally:
        await connection.close()
    await stage.drop(dsn)
    stage.forget_loaded()
    seen = f"{turns.median('bets', float) * 1e3:.2f} ms against {turns.median('pool', float) * 1e3:.3f} ms"
    what = (
        f"time to sum a room's bets ÷ to read its pool, {sizes.counted:,} bets in {sizes.counted_rooms} rooms"
    )
    return [at_least("S14", what, turns.ratio("bets", "pool", float), 100.0, seen)]
