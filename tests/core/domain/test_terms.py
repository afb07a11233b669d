"""What the pool alone decides: void or not, takeout, host, dividends."""

from __future__ import annotations

import pytest

from rooms_core.domain.dividend import DeadHeat, Dividend
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import NO, YES, Outcome
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.returns import Excess
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.terms import OPERATOR_CAUSES, Terms, VoidReason, decide

SOL = 1_000_000_000
ROOMS = HouseRules()
A, B, C = Outcome("A"), Outcome("B"), Outcome("C")


def pool(yes: int, no: int) -> Pool:
    """A pool of two sides."""
    return Pool.of({"YES": Lamports(yes), "NO": Lamports(no)})


def terms(found: Terms | VoidReason) -> Terms:
    """The terms of a pool that is not void."""
    assert isinstance(found, Terms)
    return found


def test_the_sources_room() -> None:
    """YES 100, NO 50, YES wins: takeout 4.5, host 1.5, 145.5 over 100; your 10 get 14.55, the losers nothing (M1)."""
    found = terms(decide(pool(100 * SOL, 50 * SOL), [YES], ROOMS, hosted=True))

    assert (150 * SOL, 4_500_000_000, 1_500_000_000) == (
        found.gross.value,
        found.takeout.value,
        found.host.value,
    )
    assert Lamports(145_500_000_000) == found.net
    assert Lamports(14_550_000_000) == found.payout(YES, Lamports(10 * SOL))
    assert ZERO == found.payout(NO, Lamports(50 * SOL))
    assert (None, ROOMS) == (found.excess, found.rules)


def test_without_a_host_there_is_no_hosts_share() -> None:
    """The host's part stays with the protocol where nobody hosts (M3)."""
    assert ZERO == terms(decide(pool(100, 50), [YES], ROOMS, hosted=False)).host


@pytest.mark.parametrize(
    "yes, no, winning, reason",
    [
        (0, 0, (), VoidReason.NO_WINNER_GIVEN),
        (1, 1, (), VoidReason.NO_WINNER_GIVEN),
        (1, 0, (), VoidReason.NO_WINNER_GIVEN),  # the first reason that applies
        (0, 0, (YES,), VoidReason.ONE_SIDED),
        (1, 0, (YES,), VoidReason.ONE_SIDED),
        (1, 0, (NO,), VoidReason.ONE_SIDED),
        (1, 1, (A,), VoidReason.EMPTY_WINNER),
        (1, 1, (A, B), VoidReason.EMPTY_WINNER),
    ],
)
def test_a_room_is_void_when_nobody_stands_against_anybody(
    yes: int, no: int, winning: tuple[Outcome, ...], reason: VoidReason
) -> None:
    """No winner given, one side only, nobody on the winner: judged in this order (M5)."""
    assert reason is decide(pool(yes, no), winning, ROOMS, hosted=True)


def test_nobody_on_the_winner_of_three_is_void() -> None:
    """Two sides stand against each other, but the third one won."""
    three = Pool.of({"A": Lamports(5), "B": Lamports(5), "C": ZERO})

    assert VoidReason.EMPTY_WINNER is decide(three, [C], ROOMS, hosted=True)


def test_listed_winners_without_stakes_are_ignored() -> None:
    """A dead heat with an outcome nobody backed is won by the others alone."""
    three = Pool.of({"A": Lamports(100), "B": Lamports(50), "C": ZERO})

    assert {A: Dividend(146, 100)} == terms(decide(three, [A, C], ROOMS, hosted=True)).dividends


def test_where_every_outcome_wins_the_room_is_settled() -> None:
    """Nothing was lost, so nothing is taken and everybody has his stake."""
    found = terms(decide(pool(100, 50), [YES, NO], ROOMS, hosted=True))

    assert (ZERO, Lamports(100), Lamports(50)) == (
        found.takeout,
        found.payout(YES, Lamports(100)),
        found.payout(NO, Lamports(50)),
    )


@pytest.mark.parametrize(
    "yes, no, winner, excess, gross, takeout",
    [
        (3_300, 100, YES, Excess(YES, Lamports(100)), 3_300, 99),  # 3,200 + 100; 3 % are 99
        (3_300, 100, NO, Excess(YES, Lamports(100)), 3_300, 99),
        (3_200, 100, YES, None, 3_300, 99),
        (100, 3_300, YES, Excess(NO, Lamports(100)), 3_300, 99),
    ],
)
def test_the_match_limit_shapes_the_pool_first(
    yes: int, no: int, winner: Outcome, excess: Excess | None, gross: int, takeout: int
) -> None:
    """Takeout and payouts are computed on what is left after match refunds (M6)."""
    found = terms(decide(pool(yes, no), [winner], ROOMS, hosted=True))

    assert (excess, Lamports(gross), Lamports(takeout)) == (found.excess, found.gross, found.takeout)


@pytest.mark.parametrize(
    "preset, yes, no, takeout, host, position, payout",
    [
        # the same lopsided room in every house: YES 1,000, NO 10, YES wins, you hold 100 on YES
        ("rooms", 1_000, 10, 9, 3, 100, 100),  # matched YES 320; 3 % of 330 are 9.9; 100 × 321 ÷ 320
        ("pancakeswap", 1_000, 10, 30, 0, 100, 98),  # 980 ÷ 1,000: a winner who loses
        ("losing-pool", 1_000, 10, 0, 0, 100, 101),
        ("us-tote", 1_000, 10, 181, 0, 100, 105),  # 829 ÷ 1,000 -> minimum 1.05
        ("uk-tote", 1_000, 10, 194, 0, 100, 102),  # 816 ÷ 1,000 ≤ 0.90 -> 1.02
        ("uk-tote", 1_000, 200, 231, 0, 100, 110),  # 969 ÷ 1,000 -> 1.10
        ("uk-tote", 100, 900, 192, 0, 100, 800),  # 808 ÷ 100 = 8.08 -> 8.00
        ("us-tote", 100, 900, 180, 0, 100, 820),
    ],
)
def test_every_preset_on_the_same_room(
    preset: str, yes: int, no: int, takeout: int, host: int, position: int, payout: int
) -> None:
    """Takeout, host's share and payout of each known house, worked out by hand."""
    found = terms(decide(pool(yes, no), [YES], HouseRules.preset(preset), hosted=True))

    assert (takeout, host) == (found.takeout.value, found.host.value)
    assert Lamports(payout) == found.payout(YES, Lamports(position))


def test_equal_split_may_pay_below_the_stake() -> None:
    """EQUAL_SPLIT lies outside the promise of M2: A 90 and B 10 tie, 5 lost, P = 102: A has 51 of its 90."""
    three = Pool.of({"A": Lamports(90), "B": Lamports(10), "C": Lamports(5)})
    rules = HouseRules(dead_heat=DeadHeat.EQUAL_SPLIT)

    found = terms(decide(three, [A, B], rules, hosted=True))

    assert (Lamports(51), Lamports(51)) == (found.payout(A, Lamports(90)), found.payout(B, Lamports(10)))


def test_the_cap_binds_in_a_dead_heat() -> None:
    """A 60, B 38 tie, C lost 2: 3 % would be 3 of 100, but only 2 were lost."""
    three = Pool.of({"A": Lamports(60), "B": Lamports(38), "C": Lamports(2)})

    found = terms(decide(three, [A, B], ROOMS, hosted=True))

    assert Lamports(2) == found.takeout
    assert (Lamports(60), Lamports(38)) == (found.payout(A, Lamports(60)), found.payout(B, Lamports(38)))


def test_a_broken_cap_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong with the fees, no winner is paid less than his stake where that is promised (I8)."""
    monkeypatch.setattr("rooms_core.domain.fees.FeeSchedule.takeout", lambda *_, **__: Lamports(51))

    with pytest.raises(InvariantBroken, match=r"^I8: no winner is paid less than his stake$"):
        decide(pool(100, 50), [YES], ROOMS, hosted=True)
    assert isinstance(
        decide(pool(100, 50), [YES], HouseRules.preset("rooms", dead_heat=DeadHeat.EQUAL_SPLIT), hosted=True),
        Terms,
    )
    assert isinstance(decide(pool(100, 50), [YES], HouseRules.preset("pancakeswap"), hosted=True), Terms)
    assert isinstance(
        decide(pool(100, 50), [YES], HouseRules.preset("rooms", dividend_step_bps=1_000), hosted=True), Terms
    )


def test_operators_void_for_listed_causes_only() -> None:
    """Reasons the pool decides are not for operators to give."""
    assert not {VoidReason.ONE_SIDED, VoidReason.EMPTY_WINNER, VoidReason.NO_WINNER_GIVEN} & set(
        OPERATOR_CAUSES
    )
