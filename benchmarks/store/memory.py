"""S11: how much a process grows by when it settles a million bets. Run as a module it is that process."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from benchmarks.store.processes import child_environment
from benchmarks.store.settling import settle_ours, settling
from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, at_most
from rooms_cli.clock import SystemClock
from rooms_core.ports.queries import RoomFilter
from rooms_store.opening import open_books

_MIB = 1024


async def grown_by_settling(stage: Stage) -> list[Goal]:
    """S11: the peak above the process with its books open and nothing to do, in MiB."""
    bets = stage.sizes.settled[-1]
    users, rooms = settling(bets)
    dsn = await stage.database(users=users, rooms=rooms)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.store.memory", dsn),
        stdout=asyncio.subprocess.PIPE,
        env=child_environment(),
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the settling process ended with {process.returncode}")
    seen = json.loads(out)
    await stage.drop(dsn)
    grown = (seen["peak"] - seen["idle"]) / _MIB
    what = f"MiB that a process grows by when it settles {bets:,} bets"
    return [at_most("S11", what, grown, 100, f"{seen['idle'] / _MIB:.0f} MiB idle")]


def resident(kind: str) -> int:
    """KiB of memory: "VmRSS" now, or "VmHWM" at most since `forget_peak`. Raises OSError where there is no /proc."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1])
    raise OSError(f"no {kind} in /proc/self/status")


def forget_peak() -> None:
    """Count the peak from here."""
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


async def _settle(dsn: str) -> dict[str, int]:
    async with open_books(dsn, SystemClock(), migrate=False) as books:
        await books.queries.rooms(RoomFilter())
        forget_peak()
        idle = resident("VmRSS")
        await settle_ours(books)
        return {"idle": idle, "peak": resident("VmHWM")}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_settle(sys.argv[1]))))
