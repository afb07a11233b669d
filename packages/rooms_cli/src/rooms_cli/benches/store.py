"""`rooms bench store`: the goals of the store against its peers, which stand in the sources' benchmarks/."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

from rooms_cli.benches import Goal
from rooms_cli.errors import CommandError, one_of, usage

_SUITE: Final = "benchmarks.store.suite"
_SOURCES: Final = Path(__file__).resolve().parents[5]
"""The checkout, where this file lies in one."""


def measure(
    *, quick: bool, tell: Callable[[str], None], only: Collection[str] = (), plot: Path | None = None
) -> list[Goal]:
    """Measure all, or `only` some, on a fresh PostgreSQL; draw them into `plot` if it is given.

    Ends the command where something it needs is not installed.
    """
    suite = _needed(_SUITE, "The other ways to compare with are part of the sources, not of the wheel.", _HOW)
    try:
        suite.chosen(only)
    except ValueError as unknown:
        raise usage(f"There is no goal {unknown}.", hint=one_of(str(unknown), suite.names())) from None
    draw = None
    if plot is not None:
        _needed("matplotlib", "--plot draws with matplotlib.", "Install rooms-cli[bench].")
        draw = importlib.import_module("benchmarks.store.plot").draw
    try:
        goals: list[Goal] = suite.run(only, quick=quick, tell=tell)
    except suite.NoServer as why:
        raise CommandError(
            f"There is no PostgreSQL to measure on: {why}.", hint="Install rooms-cli[bench]."
        ) from why
    if draw is not None:
        draw(goals, plot)
    return goals


_HOW: Final = "Install rooms-cli[bench] and run it in a checkout, or name one in PYTHONPATH."


def _needed(module: str, why: str, how: str) -> Any:
    """A module that a wheel does not bring along; the checkout's own are found without PYTHONPATH."""
    if (_SOURCES / "benchmarks" / "store").is_dir() and str(_SOURCES) not in sys.path:
        sys.path.append(str(_SOURCES))
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        raise CommandError(f"{why} ({missing.name} is not here)", hint=how) from None
