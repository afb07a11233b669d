"""What a run found as a picture: bars against figures, the spread of delays, memory through the day."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rooms_cli.benches import Goal, Point


def draw(found: Iterable[Goal], path: Path) -> None:
    """A PNG. Raises ImportError where matplotlib is not installed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    goals = list(found)
    figure = Figure(figsize=(13, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    bars, delays, memory = figure.subplots(1, 3)
    shown = [each for each in goals if _bar(each) > 0]
    colours = ["tab:green" if each.met else "tab:red" for each in shown]
    bars.barh([each.id for each in shown], [_margin(each) for each in shown], color=colours)
    bars.axvline(1, color="black", linewidth=1)
    bars.set_xscale("log")
    bars.invert_yaxis()
    bars.set_title("how far beyond its bar each figure is (1 = just met)")
    bars.tick_params(axis="y", labelsize=7)
    for name, points in _curves(goals, "crossings").items():
        at = [each.x / 1_000 for each in points]
        delays.bar(at, [each.y for each in points], width=0.5, align="edge", alpha=0.6, label=name)
    delays.set_title("crossings by seconds to the settlement call")
    for name, points in _curves(goals, "MiB").items():
        memory.plot([each.x / 3_600 for each in points], [each.y for each in points], label=name)
    memory.set_title("MiB by virtual hours")
    memory.set_ylim(bottom=0)
    for each in (delays, memory):
        if each.get_legend_handles_labels()[1]:
            each.legend(fontsize=7)
    figure.savefig(path, dpi=80, format="png")


def _curves(goals: Iterable[Goal], unit: str) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in (point for goal in goals for point in goal.points if point.unit == unit):
        found.setdefault(point.series, []).append(point)
    return found


def _bar(goal: Goal) -> float:
    return float(goal.bar.split()[1])


def _margin(goal: Goal) -> float:
    """Against a bar that is a most, a figure below zero is as good as nearly none."""
    figure, bar = max(goal.figure, _least(goal)), _bar(goal)
    return figure / bar if goal.bar.startswith(">") else bar / figure


def _least(goal: Goal) -> float:
    return _bar(goal) / 1_000
