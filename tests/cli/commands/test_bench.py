"""`rooms bench`: the form of its answer, and what a missed goal does."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from rooms_cli.benches import Goal, Point, at_least, at_most


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


@pytest.mark.parametrize("figure, met", [(0.5, True), (0.75, True), (0.76, False)])
def test_goals_are_held_against_their_bars(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, figure: float, met: bool
) -> None:
    """One object with the bench, its goals and the machine; the exit status is 1 if a goal is missed."""

    def measure(name: str, **_: object) -> list[Goal]:
        return [at_most("S8", name, figure, 0.75)]

    monkeypatch.setattr("rooms_cli.benches.run", measure)
    ran = rooms("bench", "math", "--json")

    assert (0 if met else 1) == ran.status
    assert ["bench", "goals", "machine"] == list(ran.lines[0])
    assert [{"id": "S8", "what": "math", "figure": figure, "bar": "<= 0.75", "met": met}] == ran.lines[0][
        "goals"
    ]
    assert ["id", "what", "figure", "bar", "met"] == rooms("bench", "math").out.splitlines()[0].split()


def test_an_unknown_benchmark_is_wrong_usage(rooms: Rooms) -> None:
    """The nearest, or all of them, are named."""
    ran = rooms("bench", "maths")

    assert 2 == ran.status
    assert "Did you mean math?" in ran.err


def test_what_was_seen_and_its_curve_come_along(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs get the absolute figures beside the ratios, and the points of a curve; `--only` names goals."""
    asked: list[object] = []

    def measure(name: str, *, only: object, **_: object) -> list[Goal]:
        asked.append(only)
        curve = (Point(series="placing", x=1_000, y=41.256),)
        return [at_most("growth", name, 1.1, 1.3, "40 µs", curve), at_least("S4", "one room", 0.95, 0.8)]

    monkeypatch.setattr("rooms_cli.benches.run", measure)
    answer = rooms("bench", "store", "--only", "growth, S4", "--json").lines[0]

    assert [["growth", "S4"]] == asked
    assert {"growth": "40 µs"} == answer["seen"]
    assert [{"series": "placing", "x": 1_000, "microseconds": 41.26}] == answer["points"]
    assert "seen" in rooms("bench", "store").out.splitlines()[0].split()


def test_goals_are_chosen_where_there_are_many(rooms: Rooms) -> None:
    """The small benchmarks have nothing to choose or to draw."""
    assert 2 == rooms("bench", "math", "--only", "S8").status
