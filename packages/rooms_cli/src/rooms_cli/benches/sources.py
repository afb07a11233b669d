"""What a benchmark needs beside the wheel: the other ways to compare with, which are part of the sources."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from rooms_cli.benches import Goal
from rooms_cli.errors import CommandError, one_of, usage

_SOURCES: Final = Path(__file__).resolve().parents[5]
"""The checkout, where this file lies in one."""
_HOW: Final = "Install rooms-cli[bench] and run it in a checkout, or name one in PYTHONPATH."


def suite_of(module: str, only: Collection[str]) -> Any:
    """A benchmark's suite, which knows all goals that are asked for; ends the command otherwise."""
    suite = _needed(module, "The other ways to compare with are part of the sources, not of the wheel.", _HOW)
    try:
        suite.chosen(only)
    except ValueError as unknown:
        raise usage(f"There is no goal {unknown}.", hint=one_of(str(unknown), suite.names())) from None
    return suite


def draw_with(module: str, goals: Collection[Goal], plot: Path | None) -> None:
    """Draw the figures, if a picture is wanted."""
    if plot is not None:
        importlib.import_module(module).draw(goals, plot)


def need_to_draw(plot: Path | None) -> None:
    """End the command now rather than after half an hour, if a picture is wanted that cannot be drawn."""
    if plot is not None:
        _needed("matplotlib", "--plot draws with matplotlib.", "Install rooms-cli[bench].")


def _needed(module: str, why: str, how: str) -> Any:
    """A module that a wheel does not bring along; the checkout's own are found without PYTHONPATH."""
    if (_SOURCES / "benchmarks" / "peers").is_dir() and str(_SOURCES) not in sys.path:
        sys.path.append(str(_SOURCES))
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        raise CommandError(f"{why} ({missing.name} is not here)", hint=how) from None
