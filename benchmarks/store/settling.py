"""S9, S10 and S13: settlements through the core against the same settlement in SQL and through the ORM."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from benchmarks.peers.orm_settlement import settle_one_by_one
from benchmarks.peers.sql_settlement import settle_in_sql
from benchmarks.store.clients import in_turn
from benchmarks.store.load import FREE_IDS, Loaded, room_id
from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, Point, at_most
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.store import Store
from rooms_core.result import Ok
from rooms_core.services.settle_room import SettleRoom


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A settlement: how long it took, the balances it left (a digest), and the digest of its receipt's lines."""

    seconds: float
    balances: str
    lines: str


def settling(bets: int) -> tuple[int, list[Loaded]]:
    """Users and room of a settlement of this many bets: two bets a user, one on each side."""
    bettors = bets // 2
    return bettors, [Loaded(number=0, bets=bets, bettors=bettors, status=RoomStatus.SETTLING)]


async def settle_ours(store: Store) -> str:
    """Settle the room through the real use case; answers the digest of the receipt's lines."""
    done = await SettleRoom(store=store)(room_id(0))
    if not isinstance(done, Ok):
        raise RuntimeError(f"not settled: {done.why}")
    return str(json.loads(done.value.header)["lines"]["sha256"])


def ways(stage: Stage, bets: int) -> dict[str, Callable[[int], Coroutine[Any, Any, Settled]]]:
    """Each way to settle a room of this many bets, every time on a fresh copy of the same books."""
    users, rooms = settling(bets)

    async def timed(settle: Callable[[str], Coroutine[Any, Any, tuple[float, str]]]) -> Settled:
        dsn = await stage.database(users=users, rooms=rooms)
        await stage.checkpoint()
        try:
            seconds, lines = await settle(dsn)
            return Settled(seconds=seconds, balances=await _balances(dsn), lines=lines)
        finally:
            await stage.drop(dsn)

    async def ours(dsn: str) -> tuple[float, str]:
        async with stage.books(dsn) as books:
            began = time.perf_counter()
            lines = await settle_ours(books)
            return time.perf_counter() - began, lines

    async def sql(dsn: str, receipt: bool) -> tuple[float, str]:
        engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
        try:
            async with engine.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")
                await connection.rollback()
                began = time.perf_counter()
                async with connection.begin():
                    now_ms = stage.clock.now_ms()
                    lines = await settle_in_sql(
                        connection, room_id(0), base=FREE_IDS, now_ms=now_ms, receipt=receipt
                    )
                return time.perf_counter() - began, lines or ""
        finally:
            await engine.dispose()

    async def orm(dsn: str) -> tuple[float, str]:
        engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
        numbers = iter(range(FREE_IDS, FREE_IDS << 1, 2))
        try:
            began = time.perf_counter()
            async with AsyncSession(engine) as session, session.begin():
                await session.run_sync(
                    settle_one_by_one, room_id(0), next_id=lambda: next(numbers), now_ms=stage.clock.now_ms()
                )
            return time.perf_counter() - began, ""
        finally:
            await engine.dispose()

    return {
        "ours": lambda _: timed(ours),
        "sql": lambda _: timed(lambda dsn: sql(dsn, True)),
        "sql without receipt": lambda _: timed(lambda dsn: sql(dsn, False)),
        "orm": lambda _: timed(orm),
    }


async def _balances(dsn: str) -> str:
    """One digest over every balance, so that two ways can be compared to the lamport."""
    connection = await asyncpg.connect(dsn)
    try:
        return str(
            await connection.fetchval(
                "SELECT md5(string_agg(id || ':' || balance || ':' || waiting, ',' ORDER BY id)) FROM account"
            )
        )
    finally:
        await connection.close()


def seconds(settled: Settled) -> float:
    """How long it took."""
    return settled.seconds


async def against_sql(stage: Stage) -> list[Goal]:
    """S9 at every size, and S13 from the same settlements."""
    found: list[Goal] = []
    per_bet: dict[int, float] = {}
    points: list[Point] = []
    for bets in stage.sizes.settled:
        chosen = {name: way for name, way in ways(stage, bets).items() if name != "orm"}
        turns = await in_turn(
            chosen,
            stage.sizes.settle_rounds,
            tell=stage.about(f"{bets:,} bets"),
        )
        small = bets <= 10_000
        bar = 1.6 if small else 1.3
        ours = turns.median("ours", seconds)
        per_bet[bets] = ours / bets
        points += [
            Point(series=f"settling, {way}", x=bets, y=turns.median(way, seconds) / bets * 1e6)
            for way in chosen
        ]
        unequal = sum(
            one.balances != other.balances
            for way in chosen
            for one, other in zip(turns.by_way["ours"], turns.by_way[way], strict=True)
        ) + sum(
            one.lines != other.lines
            for one, other in zip(turns.by_way["ours"], turns.by_way["sql"], strict=True)
        )
        for name, way, other in (
            ("S9", "sql", "the same all in SQL"),
            ("S9-bare", "sql without receipt", "all in SQL, without a receipt"),
        ):
            seen = f"{ours:.2f} s against {turns.median(way, seconds):.2f} s"
            what = f"time to settle {bets:,} bets ÷ {other}"
            found.append(at_most(f"{name}-{bets}", what, turns.ratio("ours", way, seconds), bar, seen))
        found.append(
            at_most(f"S9-{bets}-equal", "settlements that differ in a balance or a line", unequal, 0)
        )
        stage.forget_loaded()
    *_, middle, large = stage.sizes.settled
    grown = per_bet[large] / per_bet[middle]
    seen = f"{per_bet[large] * 1e6:.1f} µs against {per_bet[middle] * 1e6:.1f} µs a bet"
    what = f"time per bet, {large:,} ÷ {middle:,} bets settled"
    return [*found, at_most("S13", what, grown, 1.5, seen, tuple(points))]


async def against_orm(stage: Stage) -> list[Goal]:
    """S10: against a settlement row by row through the ORM."""
    bets = stage.sizes.small
    chosen = {name: way for name, way in ways(stage, bets).items() if name in ("ours", "orm")}
    turns = await in_turn(
        chosen,
        min(2, stage.sizes.settle_rounds),
        tell=stage.about(f"{bets:,} bets"),
    )
    unequal = sum(
        one.balances != other.balances
        for one, other in zip(turns.by_way["ours"], turns.by_way["orm"], strict=True)
    )
    seen = f"{turns.median('ours', seconds):.2f} s against {turns.median('orm', seconds):.2f} s"
    what = f"time to settle {bets:,} bets ÷ row by row through the ORM"
    return [
        at_most("S10", what, turns.ratio("ours", "orm", seconds), 1 / 40, seen),
        at_most("S10-equal", "settlements that differ in a balance", unequal, 0),
    ]
