"""What `rooms bench cli` measures."""

from __future__ import annotations

from rooms_cli.benches.help_time import measure


def test_the_time_and_the_imports_of_help_are_told() -> None:
    """Two goals, each with its bar; whether the time is met is the machine's business."""
    told: list[str] = []
    goals = measure(quick=True, tell=told.append)

    assert ["help", "help-imports"] == [goal.id for goal in goals]
    assert goals[1].met
    assert 0 < goals[0].figure < 60
    assert ["running `rooms --help` 3 times"] == told
