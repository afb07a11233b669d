"""The reciprocal is the division, for every input."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.laws.worlds import dividend_rules

from rooms_core.domain.dividend import DeadHeat, Dividend, DividendRule, dividends
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import STORED_MAX, Lamports

wide = st.one_of(st.integers(0, 100), st.integers(0, STORED_MAX), st.integers(0, 2**90))
above_zero = wide.map(lambda number: number + 1)


@given(wide, above_zero, st.lists(wide, max_size=20))
@example(paid=2**63, on=2**63 - 1, positions=[2**63 - 2, 2**63 - 1])
@example(paid=2**90 + 1, on=2**90, positions=[2**90 - 1, 2**90])
def test_the_reciprocal_is_the_division(paid: int, on: int, positions: list[int]) -> None:
    """One multiplication and one shift give `position × paid // on`, also beyond 2^63."""
    reciprocal = Dividend(paid, on).reciprocal(Lamports(max(positions, default=0)))

    assert [position * paid // on for position in positions] == reciprocal.payouts(positions)


@given(above_zero, above_zero, st.integers(-1, 1))
def test_the_reciprocal_is_exact_around_whole_results(paid: int, on: int, off: int) -> None:
    """Positions at and beside the multiples where the floor jumps, the largest allowed position among them."""
    largest = on * 3 + 1
    at = (largest // 2) * on // paid + off
    assume(0 <= at <= largest)
    reciprocal = Dividend(paid, on).reciprocal(Lamports(largest))

    for position in (at, largest):
        assert [position * paid // on] == reciprocal.payouts([position])


@given(wide, above_zero, wide)
def test_a_payout_is_the_floor(paid: int, on: int, position: int) -> None:
    """The largest whole number not above the exact share."""
    payout = Dividend(paid, on).payout(Lamports(position)).value

    assert payout <= Fraction(position * paid, on) < payout + 1


@given(wide, st.lists(above_zero, min_size=1, max_size=4), st.sampled_from(DeadHeat))
def test_dividends_share_the_net_pool_exactly(net: int, stakes: list[int], dead_heat: DeadHeat) -> None:
    """Before flooring, the winners together are paid the net pool, no more and no less."""
    winners = {Outcome(str(number)): Lamports(stake) for number, stake in enumerate(stakes)}

    shared = dividends(Lamports(net), winners, rule=DividendRule(), dead_heat=dead_heat)

    assert net == sum(winners[name].value * Fraction(each.paid, each.on) for name, each in shared.items())


@given(dividend_rules, wide, above_zero)
def test_a_step_alone_never_pays_more(rule: DividendRule, paid: int, on: int) -> None:
    """Without a minimum or a ladder a house's rounding is at the bettor's cost, by less than a step."""
    assume(not rule.may_need_subsidy)
    exact, house = Fraction(paid, on), rule.applied_to(Dividend(paid, on))
    given_ = Fraction(house.paid, house.on)

    assert exact - Fraction(rule.step_bps, 10_000) <= given_ <= exact


@given(dividend_rules, wide, above_zero)
def test_a_promised_minimum_is_kept(rule: DividendRule, paid: int, on: int) -> None:
    """Nobody is paid below the promised minimum."""
    house = rule.applied_to(Dividend(paid, on))

    assert Fraction(house.paid, house.on) >= Fraction(rule.minimum_bps, 10_000)
