"""The drills in full, with a table at the end: `nox -s chaos`, or `python -m tests.chaos.full`.

It ends with 1 if an acknowledged bet was lost or doubled, or if the control lost nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from rooms_store.opening import open_books
from rooms_store.testing.fail_over import FailOvers, fail_over_drill
from rooms_store.testing.lost_commits import LostCommits, lost_commit_drill
from rooms_store.testing.postgres import PostgresServer

HEAD: tuple[str, ...] = (
    "drill",
    "faults",
    "acknowledged",
    "lost",
    "doubled",
    "books hold",
    "gap median / max",
    "seconds",
)


def line(name: str, faults: str, found: FailOvers | LostCommits, seconds: float) -> tuple[str, ...]:
    """One drill in a table."""
    seen = found.aftermath
    gaps = sorted(found.gaps) if isinstance(found, FailOvers) else []
    gap = f"{gaps[len(gaps) // 2]:.2f} s / {gaps[-1]:.2f} s" if gaps else "-"
    holds = "no: " + ", ".join(seen.wrong) if seen.wrong else "yes"
    counts = (seen.acknowledged, seen.lost, seen.doubled)
    return (name, faults, *(f"{count:,}" for count in counts), holds, gap, f"{seconds:.0f}")


def show(rows: list[tuple[str, ...]]) -> None:
    """The table as it stands in the documents."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


async def run(promotions: int, injections: int) -> bool:
    """All drills; whether each found what it must find."""
    rows, good = [HEAD], True
    for synchronous, number in ((True, promotions), (False, 1)):
        began = time.monotonic()
        found = await fail_over_drill(open_books, promotions=number, synchronous=synchronous, standbys=2)
        name = "synchronous fail-over" if synchronous else "asynchronous control"
        rows.append(line(name, f"{number} promotions", found, time.monotonic() - began))
        good &= found.aftermath.whole and not found.changed if synchronous else found.aftermath.lost > 0
    began = time.monotonic()
    with PostgresServer() as server:
        lost = await lost_commit_drill(open_books, server, injections=injections)
    faults = f"{lost.answers_lost:,} answers and {lost.commits_lost:,} COMMITs lost"
    rows.append(line("lost answers", faults, lost, time.monotonic() - began))
    show(rows)
    return good and lost.aftermath.whole and not lost.changed


def main() -> int:
    """0 if every drill found what it must find."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--promotions", type=int, default=10)
    asked.add_argument("--injections", type=int, default=1_000)
    options = asked.parse_args()
    return 0 if asyncio.run(run(options.promotions, options.injections)) else 1


if __name__ == "__main__":
    sys.exit(main())
