"""`rooms bench store`: the goals of the store against its peers, which stand in the sources' benchmarks/."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from rooms_cli.benches import Goal
from rooms_cli.benches.sources import draw_with, need_to_draw, suite_of
from rooms_cli.errors import CommandError

_SUITE: Final = "benchmarks.store.suite"
_PLOT: Final = "benchmarks.store.plot"


def measure(
    *, quick: bool, tell: Callable[[str], None], only: Collection[str] = (), plot: Path | None = None
) -> list[Goal]:
    """Measure all, or `only` some, on a fresh PostgreSQL; draw them into `plot` if it is given.

    Ends the command where something it needs is not installed.
    """
    suite = suite_of(_SUITE, only)
    need_to_draw(plot)
    try:
        goals: list[Goal] = suite.run(only, quick=quick, tell=tell)
    except suite.NoServer as why:
        raise CommandError(
            f"There is no PostgreSQL to measure on: {why}.", hint="Install rooms-cli[bench]."
        ) from why
    draw_with(_PLOT, goals, plot)
    return goals
