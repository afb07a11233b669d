"""All measurements of the oracle in the order of their goals. They need no server and no network but loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

from benchmarks.oracle import crossing, day, reading, real, watching
from benchmarks.oracle.sizes import FULL, QUICK, Sizes
from rooms_cli.benches import Goal

Tell = Callable[[str], None]


def _waited(measure: Callable[[Sizes, Tell], Awaitable[list[Goal]]]) -> Callable[[Sizes, Tell], list[Goal]]:
    """On a loop of its own."""

    async def work(sizes: Sizes, tell: Tell) -> list[Goal]:
        return await measure(sizes, tell)

    return lambda sizes, tell: asyncio.run(work(sizes, tell))


MEASUREMENTS: Final[dict[str, Callable[[Sizes, Tell], list[Goal]]]] = {
    "O1": _waited(reading.a_tick),
    "O2": watching.over_rooms,
    "O3": crossing.delays,
    "O4": _waited(real.to_the_money),
    "O5": _waited(day.memory),
}
"""Goal → what measures it."""


def chosen(only: Collection[str]) -> list[str]:
    """The measurements for these names, all if none is given. Raises ValueError for a name that is not known."""
    for name in only:
        if name not in MEASUREMENTS:
            raise ValueError(name)
    return [name for name in MEASUREMENTS if not only or name in only]


def names() -> list[str]:
    """All that can be asked for by name."""
    return sorted(MEASUREMENTS)


def run(only: Collection[str], *, quick: bool, tell: Tell, sizes: Sizes | None = None) -> list[Goal]:
    """Measure what is chosen."""
    large, wanted = sizes or (QUICK if quick else FULL), chosen(only)
    found: list[Goal] = []
    for count, name in enumerate(wanted, start=1):
        found += MEASUREMENTS[name](large, partial(_say, tell, f"{name} ({count} of {len(wanted)})"))
    return found


def _say(tell: Tell, where: str, text: str) -> None:
    tell(f"{where}: {text}")
