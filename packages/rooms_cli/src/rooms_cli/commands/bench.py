"""`rooms bench`: what the documents claim, measured side by side on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rooms_cli.benches import Goal


def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="math, cli, core, store or oracle.")],
    quick: Annotated[bool, typer.Option("--quick", help="Smaller sizes; ends within a minute.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
    only: Annotated[
        str,
        typer.Option(
            "--only", metavar="GOALS", help="store, oracle: measure these alone, such as S1,S4 or O2."
        ),
    ] = "",
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="store, oracle: draw the figures into a PNG."),
    ] = None,
) -> None:
    """Run a benchmark side by side and compare it with its goals; the exit status is 1 if one is missed.

    math: the exact reciprocal against the plain division, and the memory of a streamed settlement.
    cli: how long `rooms --help` takes.
    core: what a bet and a settled position cost the core alone, beside the plain way to the same answers.
    store: bets, settlements and reads against other ways, on a PostgreSQL of its own; half an hour.
    oracle: ticks, the way from a crossing to the money, and the memory of a day; half an hour, minutes with --quick.
    """
    from rooms_cli.benches import BENCHES, CHOOSING, run
    from rooms_cli.errors import REFUSED, one_of, usage
    from rooms_cli.output import activity

    if name not in BENCHES:
        raise usage(f"There is no benchmark {name}.", hint=one_of(name, BENCHES))
    if name not in CHOOSING and (only or plot):
        raise usage(f"--only and --plot belong to the benchmarks {' and '.join(CHOOSING)}.")
    wanted = [each.strip() for each in only.split(",") if each.strip()]
    with activity() as tell:
        goals = run(name, quick=quick, tell=tell, only=wanted, plot=plot)
    _show(name, goals, as_json)
    if not all(goal.met for goal in goals):
        raise typer.Exit(REFUSED)


def _show(name: str, goals: Sequence[Goal], as_json: bool) -> None:
    from rooms_cli.benches import machine
    from rooms_cli.output import json_line, table, write_line

    if as_json:
        write_line(json_line(_record(name, goals)))
        return
    seen = any(goal.seen for goal in goals)
    rows = [
        [
            goal.id,
            goal.what,
            str(goal.figure),
            goal.bar,
            "yes" if goal.met else "NO",
            *([goal.seen] if seen else []),
        ]
        for goal in goals
    ]
    columns = ["id", "what", "figure", "bar", "met", *(["seen"] if seen else [])]
    table(f"{name}, {machine()['python']}", columns, rows, left=2)


def _record(name: str, goals: Sequence[Goal]) -> dict[str, Any]:
    """The goals and the machine; what was seen in absolute terms and the curves follow where there are any."""
    from rooms_cli.benches import machine

    record: dict[str, Any] = {
        "bench": name,
        "goals": [
            {"id": goal.id, "what": goal.what, "figure": goal.figure, "bar": goal.bar, "met": goal.met}
            for goal in goals
        ],
        "machine": machine(),
    }
    if seen := {goal.id: goal.seen for goal in goals if goal.seen}:
        record["seen"] = seen
    if points := [point for goal in goals for point in goal.points]:
        record["points"] = [
            {"series": point.series, "x": point.x, point.unit: round(point.y, 2)} for point in points
        ]
    return record
