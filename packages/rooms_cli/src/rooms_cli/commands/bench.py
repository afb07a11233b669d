"""`rooms bench`: what the documents claim, measured side by side on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rooms_cli.benches import Goal


def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="math or cli.")],
    quick: Annotated[bool, typer.Option("--quick", help="Smaller sizes; ends within a minute.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
) -> None:
    """Run a benchmark side by side and compare it with its goals; the exit status is 1 if one is missed.

    math: the exact reciprocal against the plain division, and the memory of a streamed settlement.
    cli: how long `rooms --help` takes.
    """
    from rooms_cli.benches import BENCHES, run
    from rooms_cli.errors import REFUSED, one_of, usage
    from rooms_cli.output import say

    if name not in BENCHES:
        raise usage(f"There is no benchmark {name}.", hint=one_of(name, BENCHES))
    goals = run(name, quick=quick, tell=say)
    _show(name, goals, as_json)
    if not all(goal.met for goal in goals):
        raise typer.Exit(REFUSED)


def _show(name: str, goals: Sequence[Goal], as_json: bool) -> None:
    from rooms_cli.benches import machine
    from rooms_cli.output import json_line, table, write_line

    if as_json:
        shown: list[dict[str, Any]] = [
            {"id": goal.id, "what": goal.what, "figure": goal.figure, "bar": goal.bar, "met": goal.met}
            for goal in goals
        ]
        write_line(json_line({"bench": name, "goals": shown, "machine": machine()}))
        return
    rows = [[goal.id, goal.what, str(goal.figure), goal.bar, "yes" if goal.met else "NO"] for goal in goals]
    table(f"{name}, {machine()['python']}", ["id", "what", "figure", "bar", "met"], rows, left=2)
