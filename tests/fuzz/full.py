"""Hostile bodies in full, with a table at the end: `nox -s fuzz`, or `python -m tests.fuzz.full`.

Each target is tried in a process of its own, by atheris where it is installed (it watches which branches a body
reaches), else by the same changes drawn from a seed. Ends with 1 if a reader fell over, took long, or accepted what
the rule forbids; the body is then left in the folder that is named.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tests.fuzz.targets import targets


class Tried(NamedTuple):
    """What became of one target's bodies; `crash` names where the body that broke it lies."""

    name: str
    bodies: int
    accepted: int
    seconds: float
    crash: str | None


def try_one(name: str, bodies: int, seed: int, kept: Path, progress: Progress, how: str) -> Tried:
    """Try one target in a process of its own."""
    began, folder = time.monotonic(), kept / name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    task = progress.add_task(name, total=bodies)
    options = [f"-seed={seed}", f"-artifact_prefix={folder}/crash-"] if how == "covered" else [str(seed)]
    command = [sys.executable, "-m", f"tests.fuzz.{how}", name, str(bodies), str(folder), *options]
    told = {"tried": 0, "accepted": 0}
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as child,
    ):
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith("{"):
                told = json.loads(line)
                progress.update(task, completed=told["tried"])
        status = child.wait()
        said.seek(0)
        why = None if status == 0 else f"{folder}: {said.read()[-1_500:]}"
    return Tried(name, told["tried"], told["accepted"], time.monotonic() - began, why)


def show(rows: list[tuple[str, ...]]) -> None:
    """The table as it stands in the documents."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def main() -> int:
    """0 if nothing broke."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("names", nargs="*", help="targets (default: all of them)")
    asked.add_argument("--bodies", type=int, default=1_000_000, help="in all (default: %(default)s)")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument(
        "--plain", action="store_true", help="drawn from the seed, even where atheris is installed"
    )
    asked.add_argument("--keep", type=Path, help="where found bodies are left (default: a fresh folder)")
    options = asked.parse_args()
    names = options.names or list(targets())
    kept = options.keep or Path(tempfile.mkdtemp(prefix="rooms-fuzz-"))
    how = "drawn" if options.plain or importlib.util.find_spec("atheris") is None else "covered"
    print(f"{options.bodies:,} bodies over {len(names)} readers, seed {options.seed}, {how}; left in {kept}")
    columns = (TextColumn("{task.description:20}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    share = -(-options.bodies // len(names))
    with Progress(*columns) as progress:
        found = [try_one(name, share, options.seed, kept, progress, how) for name in names]
    rows: list[tuple[str, ...]] = [("reader", "bodies", "accepted", "broken", "seconds")]
    for each in found:
        broken = "no" if each.crash is None else "YES"
        rows.append((each.name, f"{each.bodies:,}", f"{each.accepted:,}", broken, f"{each.seconds:.0f}"))
    whole = (sum(each.bodies for each in found), sum(each.accepted for each in found))
    crashes = [each for each in found if each.crash is not None]
    seconds = sum(each.seconds for each in found)
    rows.append(("all", f"{whole[0]:,}", f"{whole[1]:,}", str(len(crashes)), f"{seconds:.0f}"))
    show(rows)
    for each in crashes:
        print(f"\n{each.name}: {each.crash}")
    return 1 if crashes or whole[0] < options.bodies else 0


if __name__ == "__main__":
    sys.exit(main())
