"""All measurements in one run on a fresh server, in the order of their goals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

from benchmarks.store import files, growth, locking, memory, placing, processes, reads, settling, ticks
from benchmarks.store.sizes import FULL, QUICK, Sizes
from benchmarks.store.stage import SETTINGS, Stage
from rooms_cli.benches import Goal, arithmetic
from rooms_store.testing.postgres import PostgresServer


async def _reciprocal(stage: Stage) -> list[Goal]:
    """S8: the exact reciprocal against the division, as `rooms bench math` measures it."""
    goals = await asyncio.to_thread(arithmetic.measure, quick=stage.sizes is not FULL, tell=stage.tell)
    return [goal for goal in goals if goal.id.startswith("S8")]


MEASUREMENTS: Final[dict[str, Callable[[Stage], Awaitable[list[Goal]]]]] = {
    "S1": placing.against_orm,
    "S2": placing.against_ledger_calls,
    "S3": placing.against_ledger_batches,
    "S4": placing.hot_room,
    "S5": placing.alone,
    "S6": processes.two_processes,
    "S7": files.sqlite_batches,
    "S8": _reciprocal,
    "S9": settling.against_sql,
    "S10": settling.against_orm,
    "S11": memory.grown_by_settling,
    "S12": locking.balances_last,
    "S14": reads.odds,
    "S15": ticks.against_scan,
    "S16": placing.against_no_judge,
    "growth": growth.with_bets,
    "growth-users": growth.with_users,
}
"""Goal → what measures it."""

TOGETHER: Final = {"S13": ("S9",), "growth": ("growth", "growth-users")}
"""Names that are measured by others: S13 falls out of the settlements of S9."""


def chosen(only: Collection[str]) -> list[str]:
    """The measurements for these names, all if none is given. Raises ValueError for a name that is not known."""
    wanted = set[str]()
    for name in only:
        found = TOGETHER.get(name, (name,))
        if not set(found) <= MEASUREMENTS.keys():
            raise ValueError(name)
        wanted.update(found)
    return [name for name in MEASUREMENTS if not only or name in wanted]


def names() -> list[str]:
    """All that can be asked for by name."""
    return sorted({*MEASUREMENTS, *TOGETHER})


def run(
    only: Collection[str], *, quick: bool, tell: Callable[[str], None], sizes: Sizes | None = None
) -> list[Goal]:
    """Measure what is chosen on a PostgreSQL of its own, which is gone afterwards."""
    return asyncio.run(_run(chosen(only), sizes or (QUICK if quick else FULL), tell))


async def _run(wanted: list[str], sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    found: list[Goal] = []
    tell("starting a PostgreSQL")
    with PostgresServer(durable=sizes.durable, settings=SETTINGS) as server:
        stage = Stage(server=server, sizes=sizes, tell=tell)
        for count, name in enumerate(wanted, start=1):
            stage.tell = partial(_say, tell, f"{name} ({count} of {len(wanted)})")
            found += await MEASUREMENTS[name](stage)
    return found


def _say(tell: Callable[[str], None], where: str, text: str) -> None:
    tell(f"{where}: {text}")
