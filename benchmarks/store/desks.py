"""The ways to place a bet, each behind the same call: the real desk, and its peers."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from benchmarks.peers import set_wise, sql_ledger
from benchmarks.peers.orm_bets import place_one
from benchmarks.store.clients import Load, Place
from benchmarks.store.load import room_id, user
from rooms_cli.chance import SystemRng
from rooms_cli.tasks import LoopTasks
from rooms_core.domain.bet import Bet, BetOrder
from rooms_core.domain.ids import BetId
from rooms_core.domain.journal import PostingKind
from rooms_core.domain.market import NO, YES
from rooms_core.domain.money import Lamports
from rooms_core.ports.ids import IdSource
from rooms_core.ports.store import Store
from rooms_core.result import Ok, Result
from rooms_core.services.bet_desk import BetDesk
from rooms_core.services.place_bets import PlaceBets
from rooms_store.codes import POSTING_KINDS

STAKE: Final = Lamports(1_000_000)
BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Whose bets go where: `users` bettors in turn, the given rooms in turn, keys that never repeat."""

    users: int
    rooms: Sequence[int]
    name: str

    def order(self, client: int, count: int) -> BetOrder:
        """The order for a client's n-th bet."""
        number = client * 7_919 + count * 104_729
        return BetOrder(
            key=f"{self.name}-{client}-{count}",
            room=room_id(self.rooms[(client + count) % len(self.rooms)]),
            bettor=user(number % self.users),
            outcome=YES if number % 3 else NO,
            stake=STAKE,
        )


def our_desk(store: Store, ids: IdSource, *, batch_max: int = BATCH) -> BetDesk:
    """The real bet desk over the real books."""
    return BetDesk(place=PlaceBets(store=store, ids=ids), tasks=LoopTasks(SystemRng()), batch_max=batch_max)


def through(desk: BetDesk, crowd: Crowd) -> Place:
    """Bets through a desk."""

    async def place(client: int, count: int) -> None:
        answer = await desk(crowd.order(client, count))
        if not isinstance(answer, Ok):
            raise RuntimeError(f"refused: {answer.why}")

    return place


@asynccontextmanager
async def orm_bets(
    dsn: str, ids: IdSource, clock: Callable[[], int], clients: int
) -> AsyncIterator[Callable[[Crowd], Place]]:
    """One unit of work for each bet through the ORM, each client with a connection of its own."""
    engine = create_async_engine(
        dsn.replace("postgresql://", "postgresql+asyncpg://"), pool_size=clients, max_overflow=0
    )

    def of(crowd: Crowd) -> Place:
        async def place(client: int, count: int) -> None:
            async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
                order = crowd.order(client, count)
                await session.run_sync(place_one, order, bet_id=ids.next_id(), now_ms=clock())

        return place

    try:
        yield of
    finally:
        await engine.dispose()


@asynccontextmanager
async def ledger_calls(dsn: str, clients: int) -> AsyncIterator[Callable[[Crowd], Place]]:
    """One call of the ledger's function for each bet, each client with a connection of its own."""
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=clients)

    def of(crowd: Crowd) -> Place:
        async def place(client: int, count: int) -> None:
            order = crowd.order(client, count)
            await pool.execute(sql_ledger.MOVE, order.bettor, order.room, order.stake.value, order.key)

        return place

    try:
        yield of
    finally:
        await pool.close()


def batched(write: Callable[[Sequence[BetOrder]], Awaitable[None]]) -> BetDesk:
    """Our own batcher in front of another way to write."""

    async def place(orders: Sequence[BetOrder]) -> Result[list[Result[Bet, Any]], Any]:
        await write(orders)
        return Ok([Ok(_unread(order)) for order in orders])

    return BetDesk(place=cast("PlaceBets", place), tasks=LoopTasks(SystemRng()), batch_max=BATCH)


def _unread(order: BetOrder) -> Bet:
    return Bet(
        id=BetId(2),
        key=order.key,
        room=order.room,
        bettor=order.bettor,
        outcome=order.outcome,
        stake=order.stake,
        placed_at_ms=0,
    )


def ledger_batches(connection: Any) -> BetDesk:
    """The ledger's function fed by our batcher: one statement calls it for every bet of a batch."""

    async def write(orders: Sequence[BetOrder]) -> None:
        await connection.execute(
            sql_ledger.MOVE_MANY,
            [order.bettor for order in orders],
            [order.room for order in orders],
            [order.stake.value for order in orders],
            [order.key for order in orders],
        )

    return batched(write)


async def unjudged(
    dsn: str, crowd: Crowd, *, ids: IdSource, clock: Callable[[], int], seconds: float
) -> Load:
    """The same rows as ours, written by one statement for a batch after the other; nobody looks at them or waits."""
    kind = POSTING_KINDS.number(PostingKind.STAKE)
    written = 0
    connection = await asyncpg.connect(dsn)
    try:
        write = await connection.prepare(set_wise.WRITE)
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            orders = [crowd.order(number, written) for number in range(BATCH)]
            await write.fetch(
                [order.room for order in orders],
                [ids.next_id() for _ in orders],
                [order.bettor for order in orders],
                [0 if order.outcome == YES else 1 for order in orders],
                [order.stake.value for order in orders],
                [order.key for order in orders],
                clock(),
                kind,
            )
            written += BATCH
        return Load(bets=written, seconds=time.perf_counter() - began, waits=())
    finally:
        await connection.close()
