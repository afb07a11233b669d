"""S1–S5 and S16: bets through the desk against its peers, in one hot room unless said otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from benchmarks.peers import sql_ledger
from benchmarks.store.clients import Load, Place, drive, in_turn, p50, p99, rate
from benchmarks.store.desks import (
    Crowd,
    ledger_batches,
    ledger_calls,
    orm_bets,
    our_desk,
    through,
    unjudged,
)
from benchmarks.store.load import Loaded
from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, at_least, at_most
from rooms_store.opening import OpenBooks

FULL_LOAD: Final = 1_024
_HOT: Final = (0,)
_MANY: Final = tuple(range(1, 101))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Floor:
    """A database with one hot room and a hundred others, and the real books on it."""

    stage: Stage
    dsn: str
    books: OpenBooks

    def crowd(self, rooms: tuple[int, ...], name: str) -> Crowd:
        return Crowd(users=self.stage.sizes.users, rooms=rooms, name=name)

    def load(
        self, of: Callable[[Crowd], Place], clients: int, name: str, rooms: tuple[int, ...] = _HOT
    ) -> Any:
        """A way for `in_turn`: this many clients for the seconds of the run, after a short warm-up."""

        async def run(number: int) -> Load:
            if not number:
                await drive(
                    of(self.crowd(rooms, f"{name}-warm")),
                    clients=clients,
                    seconds=min(0.2, self.stage.sizes.seconds),
                )
            return await drive(
                of(self.crowd(rooms, f"{name}-{number}")), clients=clients, seconds=self.stage.sizes.seconds
            )

        return run

    def ours(
        self, clients: int, name: str, rooms: tuple[int, ...] = _HOT
    ) -> Callable[[int], Awaitable[Load]]:
        desk = our_desk(self.books, self.books.ids)
        return self.load(lambda crowd: through(desk, crowd), clients, f"ours-{name}", rooms)  # type: ignore[no-any-return]


@asynccontextmanager
async def _floor(stage: Stage) -> AsyncIterator[_Floor]:
    each = stage.sizes.users // len(_MANY)  # a server that knew its tables as empty would plan for empty ones
    rooms = [Loaded(number=number, bets=each, bettors=each) for number in (*_HOT, *_MANY)]
    dsn = await stage.database(users=stage.sizes.users, rooms=rooms)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql_ledger.SCHEMA)
        await connection.execute(sql_ledger.FUND)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    await stage.checkpoint()
    async with stage.books(dsn) as books:
        yield _Floor(stage=stage, dsn=dsn, books=books)
    await stage.drop(dsn)


async def against_orm(stage: Stage) -> list[Goal]:
    """S1: batches against one unit of work for each bet through the ORM."""
    found = []
    async with _floor(stage) as floor:
        for clients, least in ((32, 15.0), (64, 30.0)):
            async with orm_bets(floor.dsn, floor.books.ids, stage.clock.now_ms, clients) as orm:
                turns = await in_turn(
                    {
                        "ours": floor.ours(clients, f"s1-{clients}"),
                        "orm": floor.load(orm, clients, f"orm-{clients}"),
                    },
                    stage.sizes.rounds,
                    tell=stage.tell,
                )
            seen = f"{turns.median('ours', rate):,.0f}/s against {turns.median('orm', rate):,.0f}/s"
            found.append(
                at_least(
                    f"S1-{clients}",
                    f"bets per second ÷ ORM one by one, {clients} clients in one room",
                    turns.ratio("ours", "orm", rate),
                    least,
                    seen,
                )
            )
            seen = (
                f"{turns.median('ours', p99) * 1e3:,.0f} ms against {turns.median('orm', p99) * 1e3:,.0f} ms"
            )
            found.append(
                at_most(
                    f"S1-{clients}-p99",
                    f"p99 ÷ p99 of the ORM, {clients} clients",
                    turns.ratio("ours", "orm", p99),
                    0.2,
                    seen,
                )
            )
    return found


async def against_ledger_calls(stage: Stage) -> list[Goal]:
    """S2: the same against one call of a ledger's function for each bet."""
    found = []
    async with _floor(stage) as floor:
        for clients, least in ((32, 5.0), (64, 12.0)):
            async with ledger_calls(floor.dsn, clients) as calls:
                turns = await in_turn(
                    {
                        "ours": floor.ours(clients, f"s2-{clients}"),
                        "ledger": floor.load(calls, clients, f"ledger-{clients}"),
                    },
                    stage.sizes.rounds,
                    tell=stage.tell,
                )
            seen = f"{turns.median('ours', rate):,.0f}/s against {turns.median('ledger', rate):,.0f}/s"
            found.append(
                at_least(
                    f"S2-{clients}",
                    f"bets per second ÷ a ledger's function called for each, {clients} clients",
                    turns.ratio("ours", "ledger", rate),
                    least,
                    seen,
                )
            )
    return found


async def against_ledger_batches(stage: Stage) -> list[Goal]:
    """S3: the same against that function fed by our batcher."""
    async with _floor(stage) as floor, asyncpg.create_pool(floor.dsn, min_size=1, max_size=1) as connection:
        desk = ledger_batches(connection)
        turns = await in_turn(
            {
                "ours": floor.ours(FULL_LOAD, "s3"),
                "ledger": floor.load(lambda crowd: through(desk, crowd), FULL_LOAD, "fed"),
            },
            stage.sizes.rounds,
            tell=stage.tell,
        )
    seen = f"{turns.median('ours', rate):,.0f}/s against {turns.median('ledger', rate):,.0f}/s"
    what = f"bets per second ÷ that function fed by the same batcher, {FULL_LOAD:,} clients"
    return [at_least("S3", what, turns.ratio("ours", "ledger", rate), 2.0, seen)]


async def hot_room(stage: Stage) -> list[Goal]:
    """S4: one hot room against a hundred."""
    async with _floor(stage) as floor:
        turns = await in_turn(
            {"one": floor.ours(FULL_LOAD, "s4-one"), "hundred": floor.ours(FULL_LOAD, "s4-hundred", _MANY)},
            stage.sizes.rounds,
            tell=stage.tell,
        )
    seen = f"{turns.median('one', rate):,.0f}/s against {turns.median('hundred', rate):,.0f}/s"
    what = f"bets per second in one room ÷ in a hundred, {FULL_LOAD:,} clients"
    return [at_least("S4", what, turns.ratio("one", "hundred", rate), 0.8, seen)]


async def alone(stage: Stage) -> list[Goal]:
    """S5: one client alone against the ORM."""
    async with (
        _floor(stage) as floor,
        orm_bets(floor.dsn, floor.books.ids, stage.clock.now_ms, 1) as orm,
    ):
        turns = await in_turn(
            {"ours": floor.ours(1, "s5"), "orm": floor.load(orm, 1, "orm-1")},
            stage.sizes.rounds,
            tell=stage.tell,
        )
    seen = f"{turns.median('ours', p50) * 1e3:.2f} ms against {turns.median('orm', p50) * 1e3:.2f} ms"
    return [at_most("S5", "p50 of one client alone ÷ the ORM's", turns.ratio("ours", "orm", p50), 1.0, seen)]


async def against_no_judge(stage: Stage) -> list[Goal]:
    """S16: against the same rows written by one statement that looks at nothing."""
    async with _floor(stage) as floor:

        async def bare(number: int) -> Load:
            crowd = floor.crowd(_HOT, f"bare-{number}")
            ids, clock = floor.books.ids, stage.clock.now_ms
            return await unjudged(floor.dsn, crowd, ids=ids, clock=clock, seconds=stage.sizes.seconds)

        turns = await in_turn(
            {"ours": floor.ours(FULL_LOAD, "s16"), "unjudged": bare}, stage.sizes.rounds, tell=stage.tell
        )
    seen = f"{turns.median('ours', rate):,.0f}/s against {turns.median('unjudged', rate):,.0f}/s"
    what = f"bets per second ÷ the same rows written set-wise unjudged, {FULL_LOAD:,} clients"
    return [at_least("S16", what, turns.ratio("ours", "unjudged", rate), 0.6, seen)]
