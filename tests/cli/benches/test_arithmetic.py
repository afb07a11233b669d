"""What `rooms bench math` measures is measured right; the figures themselves are the benchmark's business."""

from __future__ import annotations

import pytest

from rooms_cli.benches import run
from rooms_cli.benches.arithmetic import side_by_side, streamed_growth

MIB = 1024 * 1024


def test_the_reciprocal_equals_the_division_on_every_input() -> None:
    """No payout differs, at the edges of the range neither."""
    ratio, unequal = side_by_side(1_000, 3)

    assert 0 == unequal
    assert ratio > 0


def test_a_streamed_settlement_does_not_grow_with_its_positions() -> None:
    """Three times the positions need no more memory."""
    few, many = streamed_growth(20_000), streamed_growth(60_000)

    assert many < few + MIB
    assert many < 20 * MIB


@pytest.mark.parametrize("quick, count", [(True, 100_000), (False, 1_000_000)])
def test_the_goals_are_those_of_the_documents(
    monkeypatch: pytest.MonkeyPatch, quick: bool, count: int
) -> None:
    """At most 0.75 of the time, no difference, less than 20 MiB; `--quick` takes a tenth of the winners."""
    sizes: list[int] = []

    def sides(winners: int, _rounds: int) -> tuple[float, int]:
        sizes.append(winners)
        return 0.6, 0

    def grown(positions: int) -> int:
        sizes.append(positions)
        return 21 * MIB

    monkeypatch.setattr("rooms_cli.benches.arithmetic.side_by_side", sides)
    monkeypatch.setattr("rooms_cli.benches.arithmetic.streamed_growth", grown)
    goals = run("math", quick=quick, tell=lambda _: None)

    assert [count, count] == sizes
    assert [
        ("S8", 0.6, "<= 0.75", True),
        ("S8-equal", 0, "<= 0", True),
        ("stream", 21.0, "<= 20", False),
    ] == [(goal.id, goal.figure, goal.bar, goal.met) for goal in goals]
