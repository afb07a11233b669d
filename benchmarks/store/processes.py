"""S6: two processes that bet in one room against one process with all their clients."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from benchmarks.store.clients import drive, in_turn
from benchmarks.store.desks import Crowd, our_desk, through
from benchmarks.store.load import Loaded
from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, at_least, at_most
from rooms_cli.clock import SystemClock
from rooms_store.opening import open_books

CLIENTS: Final = 512
_START_UP: Final = 2.5
"""Seconds that a process may take to be ready; all begin at the same moment."""


async def two_processes(stage: Stage) -> list[Goal]:
    """S6: bets per second of two processes ÷ of one, and what failed before a caller."""
    users = stage.sizes.users
    dsn = await stage.database(users=users, rooms=[Loaded(number=0, bets=users, bettors=users)])
    failed = 0.0

    def with_processes(count: int) -> Callable[[int], Awaitable[float]]:
        async def run(number: int) -> float:
            nonlocal failed
            answers = await _run(stage, dsn, count, f"{count}-{number}")
            failed += sum(each["failed"] for each in answers)
            return sum(each["bets"] / each["seconds"] for each in answers)

        return run

    turns = await in_turn(
        {"two": with_processes(2), "one": with_processes(1)},
        stage.sizes.rounds,
        tell=stage.tell,
    )
    await stage.drop(dsn)
    seen = f"{turns.median('two', float):,.0f}/s against {turns.median('one', float):,.0f}/s"
    what = f"bets per second of two processes ÷ of one, {CLIENTS} clients in one room"
    return [
        at_least("S6", what, turns.ratio("two", "one", float), 0.8, seen),
        at_most("S6-failed", "bets that failed before a caller (deadlocks and all else)", failed, 0),
    ]


async def _run(stage: Stage, dsn: str, count: int, name: str) -> list[dict[str, float]]:
    start = time.time() + _START_UP
    clients = CLIENTS // count
    running = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.store.processes", dsn, str(start), str(clients)),
            *(str(stage.sizes.seconds), str(stage.sizes.users), f"{name}-{number}"),
            stdout=asyncio.subprocess.PIPE,
            env=child_environment(),
        )
        for number in range(count)
    ]
    answers = []
    for process in running:
        out, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"a betting process ended with {process.returncode}")
        answers.append(json.loads(out))
    return answers


def child_environment() -> dict[str, str]:
    """The environment of a process of ours that imports these benchmarks."""
    sources = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH")
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join([sources, path] if path else [sources])}


async def _bet(
    dsn: str, start: float, clients: int, seconds: float, users: int, name: str
) -> dict[str, float]:
    async with open_books(dsn, SystemClock(), migrate=False) as books:
        place = through(our_desk(books, books.ids), Crowd(users=users, rooms=(0,), name=name))
        failed = 0

        async def tried(client: int, count: int) -> None:
            nonlocal failed
            try:
                await place(client, count)
            except RuntimeError as why:
                failed += 1
                print(why, file=sys.stderr)

        warm = Crowd(users=users, rooms=(0,), name=f"{name}-warm")
        await drive(through(our_desk(books, books.ids), warm), clients=8, seconds=0.3)
        await asyncio.sleep(max(0.0, start - time.time()))
        load = await drive(tried, clients=clients, seconds=seconds)
        return {"bets": load.bets - failed, "seconds": load.seconds, "failed": failed}


if __name__ == "__main__":
    _dsn, _start, _clients, _seconds, _users, _name = sys.argv[1:]
    print(
        json.dumps(asyncio.run(_bet(_dsn, float(_start), int(_clients), float(_seconds), int(_users), _name)))
    )
