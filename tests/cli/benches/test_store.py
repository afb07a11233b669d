"""What `rooms bench store` measures runs, and all ways agree to the lamport; its figures are its own business."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.store import plot, suite
from benchmarks.store.sizes import TINY

from rooms_cli.benches import Point, at_least, at_most, store
from rooms_cli.errors import USAGE, CommandError

SMOKE = ("S1", "S9", "S10", "S15", "S16", "growth")
"""One of each kind."""
AGREEMENTS = {"S9-60-equal", "S9-120-equal", "S10-equal"}


def silent(_: str) -> None:
    """Nobody listens."""


def test_goals_are_measured_on_a_server_of_its_own() -> None:
    """At tiny sizes each figure comes out, no way pays anybody another amount."""
    goals = suite.run(SMOKE, quick=True, tell=silent, sizes=TINY)

    assert len(goals) == len({goal.id for goal in goals})
    assert {name.partition("-")[0] for name in SMOKE} | {"S13"} == {
        goal.id.partition("-")[0] for goal in goals
    }
    assert dict.fromkeys(AGREEMENTS, 0.0) == {goal.id: goal.figure for goal in goals if goal.id in AGREEMENTS}
    assert all(goal.figure > 0 for goal in goals if not goal.bar.endswith(" 0") and goal.id[:3] != "S12")
    assert {"settling, ours"} <= {point.series for goal in goals for point in goal.points}


def test_the_figures_are_drawn(tmp_path: Path) -> None:
    """`--plot` leaves a picture, as small as a document can carry."""
    curve = tuple(Point(series="placing", x=count, y=40.0) for count in (1_000, 1_000_000))
    goals = [
        at_most("growth-users", "time per bet", 1.1, 1.3, points=curve),
        at_least("S4", "one room", 0.5, 0.8),
    ]
    plot.draw(goals, tmp_path / "store.png")
    drawn = (tmp_path / "store.png").read_bytes()

    assert drawn.startswith(b"\x89PNG")
    assert len(drawn) < 150_000


@pytest.mark.parametrize("asked, found", [("S13", ["S9"]), ("growth", ["growth", "growth-users"])])
def test_a_goal_that_falls_out_of_another_can_be_asked_for(asked: str, found: list[str]) -> None:
    """S13 is read from the settlements of S9; growth is two curves."""
    assert found == suite.chosen([asked])


def test_an_unknown_goal_is_wrong_usage() -> None:
    """The goals there are, or the nearest, are named."""
    with pytest.raises(CommandError) as error:
        store.measure(quick=True, tell=silent, only=["S99"])

    assert USAGE == error.value.status
    assert "Did you mean S9?" in error.value.hint


def test_a_wheel_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peers are in no wheel: whoever has only that is told where to find them."""
    monkeypatch.setattr("rooms_cli.benches.store._SUITE", "benchmarks.nowhere")
    with pytest.raises(CommandError) as error:
        store.measure(quick=True, tell=silent)

    assert "not of the wheel" in error.value.what
    assert "checkout" in error.value.hint
