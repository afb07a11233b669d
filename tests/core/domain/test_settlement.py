"""A whole room in one call: stakes in, what everybody gets out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from rooms_core.domain.market import NO, YES, Outcome
from rooms_core.domain.money import ZERO, Lamports, total
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Stake, Voided, settle, void
from rooms_core.domain.tally import Line, Position
from rooms_core.domain.terms import VoidReason

SOL = 1_000_000_000
ROOMS = HouseRules()
A, B, C = Outcome("A"), Outcome("B"), Outcome("C")


def stake(bettor: str, outcome: Outcome, amount: int, at_ms: int = 0) -> Stake[str]:
    """A stake, told shortly."""
    return Stake(bettor, outcome, Lamports(amount), at_ms)


def plain(amounts: Mapping[str, Lamports]) -> dict[str, int]:
    """Amounts as plain numbers."""
    return {bettor: amount.value for bettor, amount in amounts.items()}


def settled(ended: Settlement[str] | Voided[str]) -> Settlement[str]:
    """A room that was not void."""
    assert isinstance(ended, Settlement)
    return ended


SOURCE = [stake("you", YES, 10 * SOL), stake("others", YES, 90 * SOL), stake("against", NO, 50 * SOL)]


def test_the_sources_room() -> None:
    """Ten on YES of 100, against 50: 14.55 SOL back, takeout 4.5 = 3.0 protocol + 1.5 host (M1, M3)."""
    ended = settled(settle(SOURCE, [YES], ROOMS))

    assert {"you": 14_550_000_000, "others": 130_950_000_000} == plain(ended.payouts)
    assert ({}, {}) == (ended.refunds, ended.commissions)
    assert (4_500_000_000, 1_500_000_000, 3_000_000_000) == (
        ended.figures.takeout.value,
        ended.figures.host.value,
        ended.figures.protocol.value,
    )
    assert Lamports(150 * SOL) == ended.terms.gross


def test_without_a_host_the_protocol_keeps_it_all() -> None:
    """No host, no host's share (M3)."""
    ended = settled(settle(SOURCE, [YES], ROOMS, hosted=False))

    assert (ZERO, Lamports(4_500_000_000)) == (ended.figures.host, ended.figures.protocol)


def test_commissions_follow_the_uplines() -> None:
    """Your referrers earn 0.045, 0.015 and 0.006 SOL, whether you win or lose (M7)."""
    uplines = {"you": ("r1", "r2", "r3")}

    for winner in (YES, NO):
        ended = settled(settle(SOURCE, [winner], ROOMS, uplines=uplines))

        assert {"r1": 45_000_000, "r2": 15_000_000, "r3": 6_000_000} == plain(ended.commissions)


def test_the_stakes_of_a_bettor_are_one_position() -> None:
    """Stakes on one outcome are summed, in the order of first stakes; each outcome is a position of its own (M4)."""
    stakes = [
        stake("a", YES, 1),
        stake("b", NO, 100),
        stake("a", NO, 5),
        stake("a", YES, 2),
        stake("b", NO, 10),
    ]

    ended = settled(settle(stakes, [YES], HouseRules.preset("rooms", match_limit=0)))

    assert [
        Position(bettor="a", outcome=YES, staked=Lamports(3)),
        Position(bettor="a", outcome=NO, staked=Lamports(5)),
        Position(bettor="b", outcome=NO, staked=Lamports(110)),
    ] == [line.position for line in ended.lines]
    assert {"a": 118 - 3} == plain(ended.payouts)


@pytest.mark.parametrize(
    "stakes, winning, reason",
    [
        (SOURCE, (), VoidReason.NO_WINNER_GIVEN),
        (SOURCE, (A,), VoidReason.EMPTY_WINNER),
        (SOURCE[:2], (YES,), VoidReason.ONE_SIDED),
        (SOURCE[:2], (NO,), VoidReason.ONE_SIDED),
        (SOURCE[:2], (), VoidReason.NO_WINNER_GIVEN),
        ([], (YES,), VoidReason.ONE_SIDED),
        ([], (), VoidReason.NO_WINNER_GIVEN),
    ],
)
def test_void_gives_everything_back(
    stakes: Sequence[Stake[str]], winning: tuple[Outcome, ...], reason: VoidReason
) -> None:
    """No winner, one side, nobody on the winner: every stake back in full, no takeout, no commissions (M5, I10)."""
    ended = settle(stakes, winning, ROOMS, uplines={"you": ("r",)})

    assert isinstance(ended, Voided)
    assert reason is ended.reason
    assert total(each.stake for each in stakes) == ended.staked
    assert {each.bettor: each.stake for each in stakes} == ended.refunds


def test_named_outcomes_without_stakes_count() -> None:
    """A room knows its outcomes even when nobody chose one: still one-sided, still void."""
    ended = settle(SOURCE[:2], [YES], ROOMS, outcomes=(YES, NO))

    assert isinstance(ended, Voided)
    assert VoidReason.ONE_SIDED is ended.reason


def test_late_stakes_go_back_on_any_outcome() -> None:
    """After a touch every stake placed after the edge leaves, winning or losing; at the edge it stays (R4)."""
    stakes = [
        stake("a", YES, 100, 10),
        stake("b", NO, 50, 20),
        stake("b", NO, 7, 21),
        stake("c", YES, 30, 22),
    ]

    ended = settled(settle(stakes, [YES], ROOMS, late_after_ms=20))

    assert {"a": 146} == plain(ended.payouts)
    assert {"b": 7, "c": 30} == plain(ended.refunds)
    assert (187, 37, 0, 150, 4) == (
        ended.figures.staked.value,
        ended.figures.late_refunds.value,
        ended.figures.match_refunds.value,
        ended.figures.gross.value,
        ended.figures.takeout.value,
    )


@pytest.mark.parametrize(
    "late_after_ms, winning, reason",
    [
        (15, (YES,), VoidReason.ONE_SIDED),  # only YES is left
        (5, (YES,), VoidReason.ONE_SIDED),  # nobody is left
        (20, (C,), VoidReason.EMPTY_WINNER),  # the only stake on C came late
    ],
)
def test_late_refunds_that_leave_no_contest_void_the_room(
    late_after_ms: int, winning: tuple[Outcome, ...], reason: VoidReason
) -> None:
    """Judged again after the late refunds: then all stakes go back, the timely ones too (M5, R4)."""
    stakes = [stake("a", YES, 100, 10), stake("b", NO, 50, 20), stake("c", C, 30, 30)]

    ended = settle(stakes, winning, ROOMS, late_after_ms=late_after_ms)

    assert isinstance(ended, Voided)
    assert reason is ended.reason
    assert {"a": 100, "b": 50, "c": 30} == plain(ended.refunds)


def test_match_refunds_leave_newest_first() -> None:
    """YES may hold 32 × 10 = 320 of its 400: the newest 50 go back whole, 30 of the next 100 (M6)."""
    stakes = [
        stake("new", YES, 50, 30),
        stake("old", YES, 250, 10),
        stake("mid", YES, 100, 20),
        stake("no", NO, 10, 5),
    ]

    ended = settled(settle(stakes, [YES], ROOMS))

    assert {"new": 50, "mid": 30} == plain(ended.refunds)
    # 330 − 9 = 321 over 320
    assert {"old": 250, "mid": 70} == plain(ended.payouts)
    assert (400, 80, 330, 9, 1) == (
        ended.figures.staked.value - 10,
        ended.figures.match_refunds.value,
        ended.figures.gross.value,
        ended.figures.takeout.value,
        ended.figures.breakage.value,
    )


def test_of_stakes_of_one_instant_the_later_in_the_list_is_newer() -> None:
    """(placed_at, id): among equals the list's order decides (M6)."""
    stakes = [stake("no", NO, 10), stake("first", YES, 320), stake("second", YES, 5)]

    assert {"second": 5} == plain(settled(settle(stakes, [YES], ROOMS)).refunds)
    swapped = [stakes[0], stakes[2], stakes[1]]
    assert {"first": 5} == plain(settled(settle(swapped, [YES], ROOMS)).refunds)


def test_several_unmatched_stakes_of_one_bettor_come_back_together() -> None:
    """Match refunds are summed per bettor."""
    stakes = [
        stake("no", NO, 10, 1),
        stake("a", YES, 320, 2),
        stake("a", YES, 5, 3),
        stake("a", YES, 6, 4),
    ]

    ended = settled(settle(stakes, [NO], ROOMS))

    assert {"a": 11} == plain(ended.refunds)
    assert [Lamports(0), Lamports(11)] == [line.position.unmatched for line in ended.lines]


def test_the_match_limit_counts_what_is_not_late() -> None:
    """Late stakes leave first; the limit is judged on the rest, and late ones are never refunded twice (M6)."""
    stakes = [
        stake("no", NO, 10, 1),
        stake("a", YES, 321, 2),
        stake("no", NO, 90, 9),
        stake("a", YES, 40, 9),
    ]

    ended = settled(settle(stakes, [YES], ROOMS, late_after_ms=8))

    assert {"no": 90, "a": 41} == plain(ended.refunds)
    assert (130, 1, 330) == (
        ended.figures.late_refunds.value,
        ended.figures.match_refunds.value,
        ended.figures.gross.value,
    )


def test_a_dead_heat_of_two() -> None:
    """A 30 and B 10 tie, C lost 60: 3 taken, profit 57, half to each: 58 and 38 after flooring, 1 breakage (M4)."""
    ended = settled(settle([stake("a", A, 30), stake("b", B, 10), stake("c", C, 60)], [A, B], ROOMS))

    assert {"a": 58, "b": 38} == plain(ended.payouts)
    assert Lamports(1) == ended.figures.breakage


def test_a_bettor_on_both_sides_has_two_lines() -> None:
    """What he is paid on one side does not mend what he lost on the other."""
    ended = settled(settle([stake("a", YES, 100), stake("a", NO, 50)], [YES], ROOMS))

    assert [146, 0] == [line.payout.value for line in ended.lines]
    assert {"a": 146} == plain(ended.payouts)


def test_void_by_request() -> None:
    """A void names its reason and gives the exact stakes back, summed per bettor."""
    ended = void([stake("a", YES, 1), stake("b", NO, 5), stake("a", NO, 2)], VoidReason.REQUESTED)

    assert (VoidReason.REQUESTED, Lamports(8)) == (ended.reason, ended.staked)
    assert {"a": Lamports(3), "b": Lamports(5)} == ended.refunds


def test_a_void_rooms_lines_tell_what_was_late() -> None:
    """All goes back, but the receipt still shows which stakes were late, as that may be the reason (R4, R8)."""
    stakes = [stake("a", YES, 100, 10), stake("b", NO, 50, 20), stake("b", NO, 7, 21)]
    late = Line(Position(bettor="b", outcome=NO, staked=Lamports(57), late=Lamports(57)), ZERO)
    timely = Line(Position(bettor="a", outcome=YES, staked=Lamports(100)), ZERO)

    for winning, outcomes in (([YES], ()), ([NO], (YES, NO))):
        ended = settle(stakes, winning, ROOMS, late_after_ms=15, outcomes=outcomes)

        assert isinstance(ended, Voided)
        assert (timely, late) == ended.lines


def test_a_lone_outcome_can_be_late_too() -> None:
    """A room in which only one outcome was ever named is void, and its lines tell what was late."""
    ended = settle([stake("a", YES, 100, 10)], [YES], ROOMS, late_after_ms=5)

    assert isinstance(ended, Voided)
    assert [Lamports(100)] == [line.position.late for line in ended.lines]
