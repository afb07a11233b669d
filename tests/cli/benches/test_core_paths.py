"""What `rooms bench core` measures is measured right; the figures themselves are the benchmark's business."""

from __future__ import annotations

import pytest

from rooms_cli.benches import core_paths, run
from rooms_cli.benches.core_bets import BATCH, judged_at_the_desk, judged_one_by_one, orders
from rooms_cli.benches.core_lines import House, settled_by_lines, settled_in_blocks
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.result import Ok
from rooms_core.testing.builders import a_resolution


@pytest.mark.parametrize("protected", [False, True])
def test_both_ways_judge_alike_and_accept_everything(protected: bool) -> None:
    """A benchmark of refusals would measure another path."""
    (quick, at_the_desk), (plain, one_by_one) = (
        way(orders(protected=protected)) for way in (judged_at_the_desk, judged_one_by_one)
    )

    assert one_by_one == at_the_desk
    assert [Ok] * BATCH == [type(answer) for answer in at_the_desk]
    assert min(quick, plain) > 0


def test_both_ways_settle_alike() -> None:
    """The digest of the lines, every posting and every notice; some of a thousand positions earn commissions."""
    house = House(1_000)
    digest, sums = settled_in_blocks(house, house.blocks())

    assert (digest, sums) == settled_by_lines(house, house.blocks())
    assert '{"count":"1000","sha256":"' == digest[:26]
    assert sums["commissions"] > 100
    assert 500 == sums["room_settleds"] == sums["payouts"]


def test_a_room_that_would_be_void_is_no_benchmark() -> None:
    """Whoever changes the room finds out."""
    house = House(10)
    house.answer = a_resolution()
    for way in (settled_in_blocks, settled_by_lines):
        with pytest.raises(InvariantBroken, match="bench"):
            way(house, house.blocks())


def test_what_is_timed_is_not_counted() -> None:
    """Counting would be most of the time."""
    house = House(10)

    assert {} == settled_in_blocks(house, house.blocks(), counting=False)[1]


def test_a_settlement_does_not_grow_with_its_positions() -> None:
    """Its referrers alone are kept: three times the positions need a few MiB more."""
    few, many = core_paths.settled_growth(10_000), core_paths.settled_growth(30_000)

    assert many < few + 6 * 1024 * 1024


@pytest.mark.parametrize("quick, positions", [(True, 20_000), (False, 200_000)])
def test_the_goals_are_those_of_the_documents(
    monkeypatch: pytest.MonkeyPatch, quick: bool, positions: int
) -> None:
    """15 microseconds for a bet, 8 for a position, 100 MiB for a million positions, and no difference."""
    settled: list[int] = []

    def settling(count: int, _rounds: int) -> tuple[float, float, int]:
        settled.append(count)
        return 7.0, 0.3, 0

    def grown(count: int) -> int:
        settled.append(count)
        return 101 * 1024 * 1024

    monkeypatch.setattr(core_paths, "settling", settling)
    monkeypatch.setattr(core_paths, "settled_growth", grown)
    goals = {goal.id: goal for goal in run("core", quick=quick, tell=lambda _: None)}

    assert [positions, 5 * positions] == settled
    assert 0 == goals["bet-equal"].figure
    assert ("<= 15", "<= 15") == (goals["bet"].bar, goals["bet-kept"].bar)
    assert [(7.0, True), (0.3, True), (101.0, False)] == [
        (goals[name].figure, goals[name].met) for name in ("line", "line-ratio", "settle-memory")
    ]


def test_both_ways_are_timed_in_turn() -> None:
    """A figure for each, and no difference between their answers."""
    bet, _, unequal = core_paths.judging(2, protected=False)
    line, _, differ = core_paths.settling(1_000, 2)

    assert bet > 0
    assert line > 0
    assert 0 == unequal == differ
