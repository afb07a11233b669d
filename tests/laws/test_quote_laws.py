"""A quote is what a settlement of the same pool pays, and its promises hold whoever comes next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.laws.worlds import amounts, dividend_rules, fee_schedules

from rooms_core.domain.dividend import DividendRule
from rooms_core.domain.fees import FeeSchedule, TakeoutBase
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.quote import quote, returned
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Stake, settle

A, B, C = (Outcome(name) for name in "ABC")

small = st.integers(0, 12)
houses = st.builds(
    HouseRules,
    fees=fee_schedules(),
    dividend=st.one_of(st.just(DividendRule()), dividend_rules.filter(lambda rule: not rule.ladder)),
    match_limit=st.sampled_from([0, 1, 2, 3, 32]),
)
"""Houses without ladders: a ladder may pay less for more, so that no inflow is the worst for certain."""


def pays(stakes: list[tuple[str, Outcome, int]], rules: HouseRules, outcomes: tuple[Outcome, ...]) -> int:
    """What `me` gets out of a real settlement that A wins, refunds and payouts."""
    placed = [Stake(who, on, Lamports(amount)) for who, on, amount in stakes if amount]
    ended = settle(placed, [A], rules, outcomes=outcomes, hosted=False)
    back = ended.refunds.get("me", Lamports(0))
    if isinstance(ended, Settlement):
        back += ended.payouts.get("me", Lamports(0))
    return back.value


@given(
    houses,
    st.one_of(st.just(0), amounts),
    st.one_of(st.just(0), amounts),
    st.one_of(st.just(0), amounts),
    amounts,
)
def test_a_quote_is_what_a_settlement_pays(rules: HouseRules, a: int, b: int, c: int, stake: int) -> None:
    """`return_now` is to the lamport what the stake gets if betting ends now, of whatever size the pools are."""
    pool = Pool.of({"A": Lamports(a), "B": Lamports(b), "C": Lamports(c)})
    stakes = [("x", A, a), ("x", B, b), ("x", C, c), ("me", A, stake)]

    found = quote(pool, A, Lamports(stake), rules)

    assert pays(stakes, rules, (A, B, C)) == found.return_now.value == found.return_worst.value


@given(houses, small, small, small, st.integers(1, 12), st.integers(0, 4))
def test_the_worst_case_is_worst(rules: HouseRules, a: int, b: int, c: int, stake: int, inflow: int) -> None:
    """No way to stake up to the inflow on any outcomes gives less; and it is at most one lamport too careful."""
    pool = Pool.of({"A": Lamports(a), "B": Lamports(b), "C": Lamports(c)})
    stakes = [("x", A, a), ("x", B, b), ("x", C, c), ("me", A, stake)]

    worst = quote(pool, A, Lamports(stake), rules, inflow=Lamports(inflow)).return_worst.value

    everything = [
        pays([*stakes, ("y", A, on_a), ("y", B, on_b), ("y", C, on_c)], rules, (A, B, C))
        for on_a in range(inflow + 1)
        for on_b in range(inflow + 1 - on_a)
        for on_c in range(inflow + 1 - on_a - on_b)
    ]
    assert worst <= min(everything)
    if rules.dividend.exact:
        assert min(everything) <= worst + 1


@given(
    houses,
    st.tuples(amounts, amounts, amounts),
    amounts,
    st.lists(st.tuples(st.sampled_from([A, B, C]), amounts), max_size=5),
)
def test_the_worst_case_holds_for_any_inflow(
    rules: HouseRules, before: tuple[int, int, int], stake: int, inflow: list[tuple[Outcome, int]]
) -> None:
    """Large pools, large inflows: what is quoted as the worst is never undercut."""
    a, b, c = before
    pool = Pool.of({"A": Lamports(a), "B": Lamports(b), "C": Lamports(c)})
    stakes = [("x", A, a), ("x", B, b), ("x", C, c), ("me", A, stake)]
    stakes += [("y", outcome, amount) for outcome, amount in inflow]
    coming = Lamports(sum(amount for _, amount in inflow))

    worst = quote(pool, A, Lamports(stake), rules, inflow=coming).return_worst.value

    assert worst <= pays(stakes, rules, (A, B, C))


@given(houses, small, st.integers(1, 12))
def test_the_break_even_pool_is_the_smallest(rules: HouseRules, a: int, stake: int) -> None:
    """Below it no losing pool gains a lamport, at it the stake gains."""
    found = quote(Pool.of({"A": Lamports(a), "B": Lamports(0)}), A, Lamports(stake), rules).breakeven_losing
    tried = 200 if found is None else min(found.value, 200)

    def gain(losing: int) -> int:
        return pays([("x", A, a), ("x", B, losing), ("me", A, stake)], rules, (A, B)) - stake

    assert all(gain(losing) <= 0 for losing in range(tried))
    if found is not None:
        assert gain(found.value) > 0


@given(fee_schedules([TakeoutBase.TOTAL_CAPPED, TakeoutBase.LOSING]), amounts, amounts, amounts)
def test_a_capped_quote_is_never_below_the_stake(fees: FeeSchedule, a: int, b: int, stake: int) -> None:
    """Who can only win or lose his stake is never quoted a loss on winning (M2)."""
    pool = Pool.of({"A": Lamports(a + stake), "B": Lamports(b)})

    assert returned(pool, A, Lamports(stake), HouseRules(fees=fees)) >= Lamports(stake)


@given(amounts, amounts)
def test_break_even_ends_at_63_bits(a: int, stake: int) -> None:
    """A losing pool larger than any pot is none."""
    pool = Pool.of({"A": Lamports(a), "B": Lamports(0)})
    found = quote(pool, A, Lamports(stake), HouseRules()).breakeven_losing

    assert found is None or 1 <= found.value <= STORED_MAX
