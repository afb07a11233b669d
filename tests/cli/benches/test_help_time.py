"""What `rooms bench cli` measures."""

from __future__ import annotations

from rooms_cli.benches.help_time import measure


def test_the_time_and_the_imports_of_help_are_told() -> None:
    """Each figure has its bar; whether the time is met is the machine's business."""
    told: list[str] = []
    goals = measure(quick=True, tell=told.append)

    assert ["help", "help-piped", "help-imports"] == [goal.id for goal in goals]
    assert goals[2].met
    assert 0 < goals[0].figure < 60
    assert 1 == len(told)
