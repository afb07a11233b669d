"""How the cost of a bet grows: with the bets that are in the room already, and with the users there are.

All sizes are open at once and take turns with one full batch each, so that whatever else the machine does meets them
alike; a ratio is the median of the rounds' own ratios. The first change of a page after a checkpoint is logged with the
whole page: many users have many pages, so that this would be measured instead. It is paid before, and no checkpoint
comes between.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from benchmarks.store.desks import BATCH, Crowd, our_desk, through
from benchmarks.store.load import Loaded, user
from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, Point, at_most
from rooms_cli.garbage import keep_what_stands
from rooms_core.domain.ids import UserId
from rooms_core.ports.books import Books
from rooms_core.result import Err, Ok, Result
from rooms_core.services.bet_desk import BetDesk
from rooms_store.opening import OpenBooks

BAR: Final = 1.3
_AT_ONCE: Final = 5_000
_HOT: Final = 0
_OTHER: Final = 1
"""The room that is bet in before anything is measured: it leaves the hot one as small as it was loaded."""


async def with_bets(stage: Stage) -> list[Goal]:
    """Time per bet in a room that holds many bets ÷ in the one that holds fewest."""
    sizes = stage.sizes.growth_bets
    users = max(sizes) // 10
    cases = [_Case(size=size, users=users, bets=size) for size in sizes]
    return await _grown(stage, "growth-bets", "bets in the room", cases)


async def with_users(stage: Stage) -> list[Goal]:
    """Time per bet among many users ÷ among fewest."""
    cases = [_Case(size=size, users=size, bets=0) for size in stage.sizes.growth_users]
    return await _grown(stage, "growth-users", "users", cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One size: what it counts, and the books that have it."""

    size: int
    users: int
    bets: int

    @property
    def rooms(self) -> list[Loaded]:
        """The hot room, and another one."""
        return [Loaded(number=_HOT, bets=self.bets, bettors=self.users), Loaded(number=_OTHER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A desk on the books of one size."""

    books: OpenBooks
    desk: BetDesk
    users: int

    async def touch(self) -> None:
        """Lock everybody's balance once, which writes to every page of them and changes nothing."""
        for start in range(0, self.users, _AT_ONCE):
            some = [user(number) for number in range(start, min(self.users, start + _AT_ONCE))]

            async def lock(books: Books, some: Sequence[UserId] = some) -> Result[None, None]:
                await books.journal.available(some)
                return Ok(None)

            if isinstance(failed := await self.books.run(lock), Err):
                raise RuntimeError(f"the balances could not be locked: {failed.why}")

    async def batch(self, number: int, *, room: int) -> float:
        """Seconds per bet of one full batch; each number brings other users (where there are enough).

        Raises RuntimeError if it was parted, or a bet was refused.
        """
        place = through(self.desk, Crowd(users=self.users, rooms=(room,), name="grown"))
        batches, began = self.desk.batches, time.perf_counter()
        await asyncio.gather(*(place(client, number) for client in range(BATCH)))
        seconds = time.perf_counter() - began
        if self.desk.batches != batches + 1:
            raise RuntimeError(f"{BATCH} bets went in {self.desk.batches - batches} batches")
        return seconds / BATCH


async def _grown(stage: Stage, name: str, what: str, cases: list[_Case]) -> list[Goal]:
    sizes = stage.sizes
    seconds: dict[int, list[float]] = {case.size: [] for case in cases}
    places = {case.size: await stage.database(users=case.users, rooms=case.rooms) for case in cases}
    stage.forget_loaded()  # what they were copied from takes memory
    await stage.checkpoint()
    async with AsyncExitStack() as opened:
        tables = {}
        for case in cases:
            books = await opened.enter_async_context(stage.books(places[case.size]))
            desk = our_desk(books, books.ids)
            tables[case.size] = _Table(books=books, desk=desk, users=case.users)
        for size, table in tables.items():
            stage.tell(f"warming {size:,} {what}")
            await table.touch()
            for number in range(sizes.growth_warm):
                await table.batch(number, room=_OTHER)
        keep_what_stands()
        for number in range(sizes.growth_rounds + 1):
            stage.tell(f"{what}: round {max(1, number)} of {sizes.growth_rounds}")
            for size, table in tables.items():
                spent = await table.batch(sizes.growth_warm + number, room=_HOT)
                if number:  # the first is for the room's own pages
                    seconds[size].append(spent)
    for dsn in places.values():
        await stage.drop(dsn)
    return _goals(name, what, seconds)


def _goals(name: str, what: str, seconds: dict[int, list[float]]) -> list[Goal]:
    """A ratio for each size but the smallest; the curve goes with the largest."""
    few, *more = sorted(seconds)
    cost = {size: statistics.median(each) * 1e6 for size, each in seconds.items()}
    points = tuple(Point(series=f"placing, by {what}", x=size, y=cost[size]) for size in (few, *more))
    return [
        at_most(
            f"{name}-{size}",
            f"time per bet with {size:,} ÷ with {few:,} {what}, batches of {BATCH}",
            statistics.median(one / other for one, other in zip(seconds[size], seconds[few], strict=True)),
            BAR,
            f"{cost[size]:.1f} µs against {cost[few]:.1f} µs a bet",
            points if size == more[-1] else (),
        )
        for size in more
    ]
