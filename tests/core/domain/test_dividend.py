"""The dividend: an exact fraction, the houses' roundings, dead heats, and a reciprocal that is never off by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from rooms_core.domain.dividend import DeadHeat, Dividend, DividendRule, Reciprocal, dividends
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import Lamports

SOL = 1_000_000_000
A, B = Outcome("A"), Outcome("B")
EXACT = DividendRule()
US = DividendRule(step_bps=1_000, minimum_bps=10_500)
UK = DividendRule(step_bps=1_000, ladder=((9_000, 10_200), (11_000, 11_000)))


@pytest.mark.parametrize(
    "paid, on, position, payout",
    [
        (145_500_000_000, 100 * SOL, 10 * SOL, 14_550_000_000),  # the source's room
        (10, 3, 1, 3),
        (10, 3, 2, 6),  # 6.66…, never nearest
        (10, 3, 3, 10),
        (10, 3, 0, 0),
    ],
)
def test_a_payout_is_the_floored_share(paid: int, on: int, position: int, payout: int) -> None:
    """position × net pool ÷ winning stakes, rounded down once per position (M4)."""
    assert Lamports(payout) == Dividend(paid, on).payout(Lamports(position))


def test_the_reciprocal_is_a_factor_and_a_shift() -> None:
    """For 10 ÷ 3 and positions up to 3: a shift of 64 + 2 bits, the factor rounded up."""
    reciprocal = Dividend(10, 3).reciprocal(Lamports(3))

    assert Reciprocal(-(-10 * 2**66 // 3), 66) == reciprocal
    assert [0, 3, 6, 10] == reciprocal.payouts([0, 1, 2, 3])


@pytest.mark.parametrize(
    "largest, shift", [(1, 64 + 2), (2**64 - 1, 64 + 2), (2**64, 65 + 2), (2**70, 71 + 2)]
)
def test_the_shift_grows_with_the_largest_position(largest: int, shift: int) -> None:
    """A machine word as long as it suffices, more where positions are wider."""
    assert shift == Dividend(10, 3).reciprocal(Lamports(largest)).shift


def test_the_reciprocal_equals_the_division_in_small_worlds() -> None:
    """Every fraction with figures up to 40 and every position up to 40, against `//`."""
    for paid, on in product(range(41), range(1, 41)):
        reciprocal = Dividend(paid, on).reciprocal(Lamports(40))

        assert [position * paid // on for position in range(41)] == reciprocal.payouts(range(41))


@pytest.mark.parametrize("bits", [63, 64, 65, 80])
def test_the_reciprocal_is_exact_where_it_is_hardest(bits: int) -> None:
    """Just below and at whole results, beyond 63 bits: where a rounded factor would be off by one."""
    on = 2**bits - 1
    for paid in (1, on - 1, on, on + 1, 3 * on + 1):
        positions = [0, 1, on - 2, on - 1, on]
        reciprocal = Dividend(paid, on).reciprocal(Lamports(on))

        assert [position * paid // on for position in positions] == reciprocal.payouts(positions)


@pytest.mark.parametrize(
    "rule, exact, subsidy",
    [
        (EXACT, True, False),
        (DividendRule(step_bps=1_000), False, False),
        (DividendRule(minimum_bps=10_500), False, True),
        (DividendRule(ladder=((9_000, 10_200),)), False, True),
        (US, False, True),
        (UK, False, True),
    ],
)
def test_only_minimums_and_ladders_can_need_a_subsidy(rule: DividendRule, exact: bool, subsidy: bool) -> None:
    """A step alone keeps money in the pool; a promise beyond the pool costs the house (M4)."""
    assert (exact, subsidy) == (rule.exact, rule.may_need_subsidy)


@pytest.mark.parametrize(
    "rule, paid, on, expected",
    [
        (EXACT, 1_234, 1_000, Dividend(1_234, 1_000)),  # nothing is rounded, not even reduced
        (US, 1_299, 1_000, Dividend(12_000, 10_000)),  # 1.299 -> 1.20
        (US, 1_300, 1_000, Dividend(13_000, 10_000)),
        (US, 1_099, 1_000, Dividend(10_500, 10_000)),  # 1.00 after flooring -> minimum 1.05
        (US, 1_100, 1_000, Dividend(11_000, 10_000)),
        (US, 820, 1_000, Dividend(10_500, 10_000)),
        (UK, 900, 1_000, Dividend(10_200, 10_000)),  # at 0.90 -> 1.02
        (UK, 901, 1_000, Dividend(11_000, 10_000)),  # above it -> 1.10
        (UK, 1_100, 1_000, Dividend(11_000, 10_000)),
        (
            UK,
            9_000_001,
            10_000_000,
            Dividend(11_000, 10_000),
        ),  # judged on the exact fraction, before flooring
        (UK, 11_000_001, 10_000_000, Dividend(11_000, 10_000)),  # beyond the ladder: floored to 1.10
        (UK, 1_199, 1_000, Dividend(11_000, 10_000)),
        (UK, 1_200, 1_000, Dividend(12_000, 10_000)),
        (DividendRule(minimum_bps=10_500), 12_345_678, 10_000_000, Dividend(12_345, 10_000)),
        (DividendRule(minimum_bps=10_500), 1_049, 1_000, Dividend(10_500, 10_000)),
        (DividendRule(step_bps=10_000), 2_999, 1_000, Dividend(20_000, 10_000)),
        (DividendRule(step_bps=1), 12_345_678, 10_000_000, Dividend(12_345, 10_000)),
        (DividendRule(ladder=((0, 5_000),)), 0, 7, Dividend(5_000, 10_000)),
        (DividendRule(ladder=((0, 5_000),)), 1, 7, Dividend(1_428, 10_000)),
    ],
)
def test_a_houses_dividend(rule: DividendRule, paid: int, on: int, expected: Dividend) -> None:
    """Floored to the step, then the minimum; or what the first row of the ladder pays that reaches it."""
    assert expected == rule.applied_to(Dividend(paid, on))


@pytest.mark.parametrize("step", [1, 2, 5, 8, 10, 16, 25, 100, 625, 1_000, 2_500, 5_000, 10_000])
def test_steps_divide_the_unit(step: int) -> None:
    """A step that divides 10,000 never floors a dividend of 1.00 or more below 1.00."""
    assert Dividend(10_000, 10_000) == DividendRule(step_bps=step).applied_to(Dividend(10_000, 10_000))


@pytest.mark.parametrize(
    "step, minimum, ladder, message",
    [
        (3, 0, (), "^a dividend step divides 10,000 basis points; 3 does not$"),
        (20_000, 0, (), "^a dividend step divides 10,000 basis points; 20000 does not$"),
        (-1, 0, (), "^a dividend step divides 10,000 basis points; -1 does not$"),
        (-1_000, 0, (), "^a dividend step divides 10,000 basis points; -1000 does not$"),
        (0, -1, (), "^a minimum dividend is not negative$"),
        (0, 1, ((1, 1),), "^a minimum dividend and a ladder exclude each other$"),
        (0, 0, ((-1, 1),), "^a dividend ladder has no negative figures$"),
        (0, 0, ((1, -1),), "^a dividend ladder has no negative figures$"),
        (0, 0, ((2, 1), (2, 1)), "^a dividend ladder rises from row to row$"),
        (0, 0, ((1, 1), (3, 1), (2, 1)), "^a dividend ladder rises from row to row$"),
    ],
)
def test_rules_that_exclude_each_other_are_refused(
    step: int, minimum: int, ladder: tuple[tuple[int, int], ...], message: str
) -> None:
    """A step that does not divide the unit, a minimum beside a ladder, a ladder that does not rise: no rule at all."""
    with pytest.raises(ValueError, match=message):
        DividendRule(step, minimum, ladder)


def test_figures_at_the_edge_are_allowed() -> None:
    """Zero means not used; a ladder may pay nothing."""
    assert DividendRule(0, 0, ()).exact
    assert DividendRule(ladder=((0, 0), (1, 0))).may_need_subsidy


@pytest.mark.parametrize("rule", [DeadHeat.PROFIT_SPLIT, DeadHeat.EQUAL_SPLIT])
def test_a_single_winner_has_the_net_pool(rule: DeadHeat) -> None:
    """Without a tie both dead heat rules pay net pool ÷ winning stakes, also where that is a loss."""
    for net in (145, 99, 100, 0):
        exact = dividends(Lamports(net), {A: Lamports(100)}, rule=EXACT, dead_heat=rule)[A]

        assert Fraction(net, 100) == Fraction(exact.paid, exact.on)


@pytest.mark.parametrize(
    "net, a, b, paid_a, paid_b",
    [
        # A 30, B 10 tie, 60 lost, P = 97: profit 57, half each: 30 + 28.5 and 10 + 28.5
        (97, 30, 10, Fraction(117, 2), Fraction(77, 2)),
        (40, 30, 10, Fraction(30), Fraction(10)),  # no profit: everyone has his stake back
        (39, 30, 10, Fraction(39 * 30, 40), Fraction(39 * 10, 40)),  # an uncapped takeout: all lose alike
        (41, 30, 10, Fraction(61, 2), Fraction(21, 2)),
    ],
)
def test_profit_split(net: int, a: int, b: int, paid_a: Fraction, paid_b: Fraction) -> None:
    """Every tied bettor has his stake, and each tied outcome an equal part of the profit (M4)."""
    found = dividends(
        Lamports(net), {A: Lamports(a), B: Lamports(b)}, rule=EXACT, dead_heat=DeadHeat.PROFIT_SPLIT
    )

    assert (paid_a, paid_b) == (
        a * Fraction(found[A].paid, found[A].on),
        b * Fraction(found[B].paid, found[B].on),
    )


def test_equal_split() -> None:
    """Each tied outcome has half the net pool, so the favourite's bettors can get less than they staked."""
    found = dividends(
        Lamports(50), {A: Lamports(30), B: Lamports(10)}, rule=EXACT, dead_heat=DeadHeat.EQUAL_SPLIT
    )

    assert {A: Dividend(50, 60), B: Dividend(50, 20)} == found


def test_the_step_applies_to_each_outcomes_own_dividend() -> None:
    """A pays 58.5 ÷ 30 = 1.95 -> 1.90, B 38.5 ÷ 10 = 3.85 -> 3.80."""
    found = dividends(
        Lamports(97), {A: Lamports(30), B: Lamports(10)}, rule=US, dead_heat=DeadHeat.PROFIT_SPLIT
    )

    assert {A: Dividend(19_000, 10_000), B: Dividend(38_000, 10_000)} == found
