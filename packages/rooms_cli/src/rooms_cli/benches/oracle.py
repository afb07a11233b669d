"""`rooms bench oracle`: what a tick costs, how soon a crossing is settled, what a day does to memory."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from rooms_cli.benches import Goal
from rooms_cli.benches.sources import draw_with, need_to_draw, suite_of

_SUITE: Final = "benchmarks.oracle.suite"
_PLOT: Final = "benchmarks.oracle.plot"


def measure(
    *, quick: bool, tell: Callable[[str], None], only: Collection[str] = (), plot: Path | None = None
) -> list[Goal]:
    """Measure all, or `only` some; draw them into `plot` if it is given.

    Ends the command where something it needs is not installed.
    """
    suite = suite_of(_SUITE, only)
    need_to_draw(plot)
    goals: list[Goal] = suite.run(only, quick=quick, tell=tell)
    draw_with(_PLOT, goals, plot)
    return goals
