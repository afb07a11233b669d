"""How the cost of a bet grows: with the bets that are in the room already, and with the users there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from benchmarks.store.clients import drive, in_turn, rate
from benchmarks.store.desks import Crowd, our_desk, through
from benchmarks.store.load import Loaded
from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, Point, at_most

CLIENTS: Final = 500


async def with_bets(stage: Stage) -> list[Goal]:
    """Time per bet in a room that holds many bets ÷ in one that holds few."""
    sizes = stage.sizes.growth_bets
    users = max(sizes) // 10
    cases = {count: (users, [Loaded(number=0, bets=count, bettors=users)]) for count in sizes}
    return await _grown(stage, "growth-bets", "bets in the room", cases)


async def with_users(stage: Stage) -> list[Goal]:
    """Time per bet among many users ÷ among few."""
    return await _grown(
        stage,
        "growth-users",
        "users",
        {count: (count, [Loaded(number=0)]) for count in stage.sizes.growth_users},
    )


async def _grown(
    stage: Stage, name: str, what: str, cases: dict[int, tuple[int, list[Loaded]]]
) -> list[Goal]:
    places = {}
    for count, (users, rooms) in cases.items():
        places[count] = (users, await stage.database(users=users, rooms=rooms))
    await stage.checkpoint()

    def betting(count: int) -> Callable[[int], Awaitable[float]]:
        users, dsn = places[count]

        async def run(number: int) -> float:
            async with stage.books(dsn) as books:
                desk = our_desk(books, books.ids)
                warm = Crowd(users=users, rooms=(0,), name=f"warm-{number}")
                await drive(through(desk, warm), clients=CLIENTS, seconds=stage.sizes.seconds / 3)
                crowd = Crowd(users=users, rooms=(0,), name=f"grown-{number}")
                return rate(await drive(through(desk, crowd), clients=CLIENTS, seconds=stage.sizes.seconds))

        return run

    turns = await in_turn(
        {str(count): betting(count) for count in cases}, stage.sizes.rounds, tell=stage.tell
    )
    for _, dsn in places.values():
        await stage.drop(dsn)
    stage.forget_loaded()
    cost = {count: 1e6 / turns.median(str(count), float) for count in cases}
    points = tuple(Point(series=f"placing, by {what}", x=count, y=each) for count, each in cost.items())
    few, many = min(cost), max(cost)
    seen = ", ".join(f"{count:,}: {each:.0f} µs" for count, each in cost.items())
    return [
        at_most(
            name,
            f"time per bet with {many:,} ÷ with {few:,} {what}",
            cost[many] / cost[few],
            1.3,
            seen,
            points,
        )
    ]
