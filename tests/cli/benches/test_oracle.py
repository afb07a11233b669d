"""What `rooms bench oracle` measures runs, and both ways to watch agree; its figures are its own business."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.oracle import plot, suite
from benchmarks.oracle.sizes import TINY

from rooms_cli.benches import Point, at_least, at_most, oracle
from rooms_cli.errors import USAGE, CommandError

VIRTUAL = ("O1", "O2", "O3", "O5")
"""Those for which nobody has to wait; a real evening is tried where the loops are."""
AGREEMENTS = {"O1-unpriced", "O2-equal", "O2-one-equal"}
MOST = {"O3": 7.5, "O3-pool": 10.5}


def silent(_: str) -> None:
    """Nobody listens."""


def test_goals_are_measured_on_a_clock_nobody_waits_for() -> None:
    """At tiny sizes each figure comes out, every price is accepted, and no crossing takes longer than it may."""
    goals = {goal.id: goal for goal in suite.run(VIRTUAL, quick=True, tell=silent, sizes=TINY)}

    assert set(VIRTUAL) == {name.partition("-")[0] for name in goals}
    assert dict.fromkeys(AGREEMENTS, 0.0) == {name: goals[name].figure for name in AGREEMENTS}
    assert 5 == goals["O1-families"].figure
    assert [] == [name for name, most in MOST.items() if not 0 < goals[name].figure <= most]
    assert TINY.crossings == sum(point.y for point in goals["O3"].points)
    assert goals["O5"].points


def test_the_figures_are_drawn(tmp_path: Path) -> None:
    """`--plot` leaves a picture, as small as a document can carry, whatever was measured."""
    delays = (Point(series="O3", x=3_500, y=7, unit="crossings"),)
    day = tuple(Point(series="resident", x=at, y=90.0, unit="MiB") for at in (0, 900))
    goals = [
        at_most("O3", "delay", 6.0, 7.5, points=delays),
        at_most("O5", "growth", -3.0, 256, points=day),
        at_least("O2-scan", "ratio", 30, 8),
        at_most("O2-equal", "differ", 0, 0),
    ]
    plot.draw(goals, tmp_path / "oracle.png")
    plot.draw(goals[2:], tmp_path / "bars.png")

    for name in ("oracle.png", "bars.png"):
        drawn = (tmp_path / name).read_bytes()
        assert drawn.startswith(b"\x89PNG")
        assert len(drawn) < 150_000


def test_an_unknown_goal_is_wrong_usage() -> None:
    """The goals there are are named."""
    with pytest.raises(CommandError) as error:
        oracle.measure(quick=True, tell=silent, only=["O9"])

    assert USAGE == error.value.status
    assert "O5" in error.value.hint
