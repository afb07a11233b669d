"""Benchmarks that the wheel brings along: each compares two ways side by side and holds the ratio against a goal."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BENCHES: Final = {
    "math": "rooms_cli.benches.arithmetic",
    "cli": "rooms_cli.benches.help_time",
    "core": "rooms_cli.benches.core_paths",
    "store": "rooms_cli.benches.store",
    "oracle": "rooms_cli.benches.oracle",
}
"""Name → the module whose `measure` runs it."""

CHOOSING: Final = ("store", "oracle")
"""Those whose goals can be chosen and drawn; what they compare with is part of the sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of a curve: `series` names the curve, and `unit` what `y` counts (per bet, where it is a cost)."""

    series: str
    x: int
    y: float
    unit: str = "microseconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One figure and the bar it is held against; `bar` reads like "<= 0.75".

    `seen`: the absolute figures behind a ratio, for scale only. `points`: the curve it was read from.
    """

    id: str
    what: str
    figure: float
    bar: str
    met: bool
    seen: str = ""
    points: tuple[Point, ...] = ()


def at_most(
    name: str, what: str, figure: float, most: float, seen: str = "", points: tuple[Point, ...] = ()
) -> Goal:
    """A figure that is the better the smaller."""
    met = figure <= most
    return Goal(
        id=name, what=what, figure=_shown(figure), bar=f"<= {most:g}", met=met, seen=seen, points=points
    )


def at_least(name: str, what: str, figure: float, least: float, seen: str = "") -> Goal:
    """A figure that is the better the larger."""
    return Goal(
        id=name, what=what, figure=_shown(figure), bar=f">= {least:g}", met=figure >= least, seen=seen
    )


def _shown(figure: float) -> float:
    """Three significant digits are all that a measured figure carries."""
    return float(f"{figure:.3g}")


def run(
    name: str,
    *,
    quick: bool,
    tell: Callable[[str], None],
    only: Collection[str] = (),
    plot: Path | None = None,
) -> list[Goal]:
    """Run a benchmark of `BENCHES`; `tell` hears what is being done. `only` and `plot` are for those `CHOOSING`."""
    more: dict[str, object] = {"only": only, "plot": plot} if name in CHOOSING else {}
    found: list[Goal] = importlib.import_module(BENCHES[name]).measure(quick=quick, tell=tell, **more)
    return found


def machine() -> dict[str, str | int]:
    """What the figures were taken on, as far as it matters."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.system(),
        "processor": platform.machine(),
        "cpus": os.cpu_count() or 0,
    }
