"""Benchmarks that the wheel brings along: each compares two ways side by side and holds the ratio against a goal."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

BENCHES: Final = {"math": "rooms_cli.benches.arithmetic", "cli": "rooms_cli.benches.help_time"}
"""Name → the module whose `measure` runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One figure and the bar it is held against; `bar` reads like "<= 0.75"."""

    id: str
    what: str
    figure: float
    bar: str
    met: bool


def at_most(name: str, what: str, figure: float, most: float) -> Goal:
    """A figure that is the better the smaller."""
    return Goal(id=name, what=what, figure=figure, bar=f"<= {most:g}", met=figure <= most)


def run(name: str, *, quick: bool, tell: Callable[[str], None]) -> list[Goal]:
    """Run a benchmark of `BENCHES`; `tell` hears what is being done."""
    found: list[Goal] = importlib.import_module(BENCHES[name]).measure(quick=quick, tell=tell)
    return found


def machine() -> dict[str, str | int]:
    """What the figures were taken on, as far as it matters."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.system(),
        "processor": platform.machine(),
        "cpus": os.cpu_count() or 0,
    }
