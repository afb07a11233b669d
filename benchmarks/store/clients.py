"""N clients at once, each asking for one bet after another, and what they saw."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from rooms_cli.garbage import keep_what_stands

T = TypeVar("T")

Place: TypeAlias = Callable[[int, int], Awaitable[None]]
"""Places the n-th bet of a client, and comes back when it is committed; raises if it was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a load brought: bets committed in `seconds`, and how long each bettor waited."""

    bets: int
    seconds: float
    waits: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Bets per second."""
        return self.bets / self.seconds

    def quantile(self, share: float) -> float:
        """The wait that this share of the bettors did not exceed, in seconds."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def drive(place: Place, *, clients: int, seconds: float) -> Load:
    """Let `clients` bet for `seconds`; a bet begun in time counts with the time it took."""
    waits: list[float] = []
    until = time.perf_counter() + seconds

    async def client(number: int) -> None:
        count = 0
        while (began := time.perf_counter()) < until:
            await place(number, count)
            waits.append(time.perf_counter() - began)
            count += 1

    began = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(clients)))
    return Load(bets=len(waits), seconds=time.perf_counter() - began, waits=tuple(waits))


@dataclass(frozen=True, slots=True)
class Turns(Generic[T]):
    """The answers of several ways that took turns, one for each round."""

    by_way: Mapping[str, list[T]]

    def median(self, way: str, figure: Callable[[T], float]) -> float:
        """The median of a figure over the rounds of one way."""
        return statistics.median(figure(each) for each in self.by_way[way])

    def ratio(self, way: str, other: str, figure: Callable[[T], float]) -> float:
        """The median of one way ÷ the median of the other."""
        return self.median(way, figure) / self.median(other, figure)


async def in_turn(
    ways: Mapping[str, Callable[[int], Awaitable[T]]],
    rounds: int,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> Turns[T]:
    """Run the ways A B A B …; each way is told the number of its round. Both keep what stands, as `rooms run` does."""
    keep_what_stands()
    answers: dict[str, list[T]] = {way: [] for way in ways}
    for number in range(rounds):
        for way, run in ways.items():
            tell(f"{way}, round {number + 1} of {rounds}")
            answers[way].append(await run(number))
    return Turns(answers)


def rate(load: Load) -> float:
    """Bets per second."""
    return load.rate


def p50(load: Load) -> float:
    """The wait of the median bettor, in seconds."""
    return load.quantile(0.50)


def p99(load: Load) -> float:
    """The wait that 99 of 100 bettors did not exceed, in seconds."""
    return load.quantile(0.99)
