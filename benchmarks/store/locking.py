"""S12: how long a settlement keeps its winners' balances, and how long a winner's bet elsewhere waits meanwhile."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import asyncpg

from benchmarks.store.clients import in_turn
from benchmarks.store.desks import Crowd, our_desk, through
from benchmarks.store.load import Loaded, user
from benchmarks.store.settling import settle_ours, settling
from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, at_most

_EVERY = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One settlement: its seconds, those in which some winner's balance was locked, and the longest wait of a bet."""

    seconds: float
    locked: float
    waited: float


async def balances_last(stage: Stage) -> list[Goal]:
    """S12: the share of the settlement in which balances are locked, and the longest wait ÷ the settlement."""
    bets = stage.sizes.crossing
    users, rooms = settling(bets)

    async def run(_: int) -> _Seen:
        dsn = await stage.database(users=users, rooms=[*rooms, Loaded(number=1)])
        await stage.checkpoint()
        try:
            return await _settle_and_watch(stage, dsn, users)
        finally:
            await stage.drop(dsn)

    turns = await in_turn({"settling": run}, stage.sizes.settle_rounds, tell=stage.tell)
    whole = turns.median("settling", lambda each: each.seconds)
    share = turns.median("settling", lambda each: each.locked / each.seconds)
    waited = turns.median("settling", lambda each: each.waited / each.seconds)
    return [
        at_most("S12", f"share of {whole:.2f} s, {bets:,} bets, in which balances are locked", share, 0.3),
        at_most("S12-wait", "longest wait of a winner's bet elsewhere ÷ the settlement", waited, 0.2),
    ]


async def _settle_and_watch(stage: Stage, dsn: str, users: int) -> _Seen:
    """Bets of winners in another room go through books of their own, as another process would place them."""
    async with stage.books(dsn) as settler, stage.books(dsn) as other:
        place = through(our_desk(other, other.ids), Crowd(users=users, rooms=(1,), name="elsewhere"))
        await place(0, 0)
        over = asyncio.Event()
        waits: list[float] = []

        async def bettor() -> None:
            count = 1
            while not over.is_set():
                began = time.perf_counter()
                await place(0, count)
                waits.append(time.perf_counter() - began)
                count += 1
                await asyncio.sleep(0.02)

        watching = [asyncio.create_task(_locked(dsn, user(0), over)), asyncio.create_task(bettor())]
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        await settle_ours(settler)
        seconds = time.perf_counter() - began
        over.set()
        locked, _ = await asyncio.gather(*watching)
        return _Seen(seconds=seconds, locked=float(locked or 0.0), waited=max(waits))


async def _locked(dsn: str, winner: int, over: asyncio.Event) -> float:
    """For how many seconds the balance of this user could not be had; the one with the lowest id is locked first."""
    connection = await asyncpg.connect(dsn)
    locked = 0.0
    try:
        while not over.is_set():
            began = time.perf_counter()
            try:
                await connection.execute(
                    "SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE NOWAIT", winner
                )
                taken = False
            except asyncpg.LockNotAvailableError:
                taken = True
            await asyncio.sleep(_EVERY)
            if taken:
                locked += time.perf_counter() - began
    finally:
        await connection.close()
    return locked
