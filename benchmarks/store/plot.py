"""The curves of a run as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rooms_cli.benches import Goal, Point


def draw(found: Iterable[Goal], path: Path) -> None:
    """Ratios against their bars on the left, the cost of a bet against its neighbours on the right; a PNG.

    A dotted line is the most that a curve may grow to, where one point of it is held against another.

    Raises ImportError where matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    measured = list(found)
    figure = Figure(figsize=(11, 5), layout="constrained")
    FigureCanvasAgg(figure)
    bars, curves = figure.subplots(1, 2)
    shown = [each for each in measured if _bar(each) > 0]
    margins = [_margin(each) for each in shown]
    colours = ["tab:green" if each.met else "tab:red" for each in shown]
    bars.barh([each.id for each in shown], margins, color=colours)
    bars.axvline(1, color="black", linewidth=1)
    bars.set_xscale("log")
    ticks = (1, 1.1, 1.2, 1.3, 1.5, 2) if max(margins, default=1) < 2 else (1, 2, 5)
    bars.xaxis.set_major_locator(LogLocator(subs=ticks, numticks=8))
    bars.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    bars.xaxis.set_minor_formatter(NullFormatter())
    bars.invert_yaxis()
    bars.set_title("how far beyond its bar each figure is (1 = just met)")
    bars.tick_params(axis="y", labelsize=7)
    series: dict[str, list[Point]] = {}
    for point in (point for each in measured for point in each.points):
        series.setdefault(point.series, []).append(point)
    for name, points in series.items():
        curves.plot([each.x for each in points], [each.y for each in points], marker="o", label=name)
    for each in (each for each in measured if each.id.startswith("growth-") and each.points):
        colour = curves.get_lines()[list(series).index(each.points[0].series)].get_color()
        curves.axhline(_bar(each) * each.points[0].y, color=colour, linestyle=":", linewidth=1)
    if series:
        curves.set_xscale("log")
        curves.set_ylim(bottom=0)
        curves.legend(fontsize=7)
    curves.set_title("microseconds per bet")
    curves.set_xlabel("bets in the room, users, or bets settled")
    figure.savefig(path, dpi=80, format="png")


def _bar(found: Goal) -> float:
    return float(found.bar.split()[1])


def _margin(found: Goal) -> float:
    figure, bar = max(found.figure, 1e-9), _bar(found)
    return figure / bar if found.bar.startswith(">") else bar / figure
