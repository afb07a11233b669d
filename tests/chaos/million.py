"""A million bets, four processes, one killed: `nox -s chaos`, or `python -m tests.chaos.million --bets 1000000`.

Each room is settled by four processes at the same moment; the one that is inside is killed with SIGKILL, and the
others go on. Then every balance is recomputed from its postings and every receipt verified. It ends with 1 if a room
was not paid exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
from tests.chaos.exactly_once import STAGES, Audience, Drill, drill
from tests.chaos.settlers import KILLED

from rooms_cli.benches import machine
from rooms_cli.output import json_line, say, table, write_line
from rooms_store.testing.postgres import PostgresServer

LARGE: Final = "between two blocks of payouts"
"""Where the settler of a single room is killed, at a payout that chance chooses."""
_SETTINGS: Final = {"shared_buffers": "1GB", "max_wal_size": "8GB", "work_mem": "64MB"}
COLUMNS: Final = (
    "killed",
    "payouts before",
    "after s",
    "waited",
    "settled by",
    "refused",
    "all answered s",
    "paid once",
)


def stages(kills: int, chosen: str | None, seed: int) -> list[str]:
    """Where the settler of each room is killed: one after the other, then at random; a single one in the middle."""
    if chosen is not None or kills == 1:
        return [chosen or LARGE] * kills
    chance, every = random.Random(seed), list(STAGES)
    return every[:kills] + chance.choices(every, k=max(0, kills - len(every)))


async def run(options: argparse.Namespace, audience: Audience) -> Drill:
    """The drill on a database of its own, which is gone afterwards."""
    wanted = stages(options.kills, options.stage, options.seed)
    asked = partial(
        drill, bets=options.bets, stages=wanted, seed=options.seed, block=options.block, audience=audience
    )
    if options.database == "sqlite":
        with tempfile.TemporaryDirectory(prefix="rooms-million-") as folder:
            return await asked(str(Path(folder, "books.sqlite3")))
    with PostgresServer(settings=_SETTINGS) as server:
        return await asked(server.fresh_database(), server=server)


def record(found: Drill, options: argparse.Namespace) -> dict[str, Any]:
    """The drill for programs."""
    return {
        "drill": "exactly-once",
        "database": options.database,
        "bets": options.bets,
        "seed": options.seed,
        "ok": found.whole,
        "wrong": list(found.faults),
        "postings": found.postings,
        "seconds": {"loading": round(found.loading, 2), "verifying": round(found.verifying, 2)},
        "rooms": [attrs.asdict(each) for each in found.ended],
        "machine": machine(),
    }


def show(found: Drill, options: argparse.Namespace) -> None:
    """The drill for people."""
    rows = []
    for each in found.ended:
        seen = each.contest
        others = [answer for answer in seen.answers if answer != KILLED]
        winners = [f"process {n + 1}" for n, answer in enumerate(seen.answers) if answer == "SETTLED"]
        rows.append(
            [
                f"process {seen.killed + 1} {each.stage}",
                f"{seen.copied:,}",
                f"{seen.killed_after:.2f}",
                "-" if seen.waiting is None else str(seen.waiting),
                " and ".join(winners) or "the killed",
                str(sum(answer != "SETTLED" for answer in others)),
                f"{seen.seconds:.2f}",
                "NO: " + "; ".join(each.wrong) if each.wrong else "yes",
            ]
        )
    table(f"{options.bets:,} bets a room, {options.database}", COLUMNS, rows)
    holds = "NO: " + "; ".join(found.wrong) if found.wrong else "hold"
    print(
        f"\n{found.postings:,} postings: the books {holds}"
        f" (filled in {found.loading:.0f} s, verified in {found.verifying:.0f} s)"
    )


@contextmanager
def watched() -> Iterator[Audience]:
    """A bar on stderr while a person watches it; elsewhere each stage is a line."""
    if not sys.stderr.isatty():
        yield Audience(stage=say)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        steps: Callable[[int, int], None] = lambda done, whole: bar.update(task, completed=done, total=whole)  # noqa: E731
        yield Audience(stage=lambda text: bar.reset(task, description=text, total=None), steps=steps)


def main() -> int:
    """0 if every room was paid exactly once and the books hold."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--bets", type=int, default=1_000_000, help="in each room")
    asked.add_argument(
        "--kills", type=int, default=1, help="as many rooms, each with a settler killed elsewhere"
    )
    asked.add_argument("--stage", choices=list(STAGES), help="kill there, in every room")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--block", type=int, default=1_000, help="positions that are read at a time")
    asked.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    with watched() as audience:
        found = asyncio.run(run(options, audience))
    if options.json:
        write_line(json_line(record(found, options)))
    else:
        show(found, options)
    return 0 if found.whole else 1


if __name__ == "__main__":
    sys.exit(main())
