"""What a stake would return: now, at worst, and from which losing pool on it gains."""

from __future__ import annotations

import pytest

from rooms_core.domain.market import YES, Outcome
from rooms_core.domain.money import STORED_MAX, ZERO, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.quote import quote, returned
from rooms_core.domain.rules import HouseRules

SOL = 1_000_000_000
ROOMS = HouseRules()
OFF = HouseRules(match_limit=0)
PANCAKE = HouseRules.preset("pancakeswap")
A, B, C = Outcome("A"), Outcome("B"), Outcome("C")


def pool(yes: int, no: int) -> Pool:
    """A pool of two sides."""
    return Pool.of({"YES": Lamports(yes), "NO": Lamports(no)})


def test_the_sources_quote() -> None:
    """Before your 10: YES 90, NO 50; with it 10 of 100, 14.55 now; after 50 more on YES 10 × 194 ÷ 150 (M12)."""
    found = quote(pool(90 * SOL, 50 * SOL), YES, Lamports(10 * SOL), ROOMS, inflow=Lamports(50 * SOL))

    assert (YES, Lamports(10 * SOL)) == (found.outcome, found.stake)
    assert pool(100 * SOL, 50 * SOL) == found.pool_after
    assert 100_000 == found.share_ppm
    assert Lamports(14_550_000_000) == found.return_now
    assert (Lamports(50 * SOL), Lamports(12_933_333_333)) == (found.inflow, found.return_worst)
    # From 2.8125 against on, 90 may stand on YES and the first 3,200 lamports of yours with them: they gain one.
    assert Lamports(2_812_500_100) == found.breakeven_losing


def test_the_sources_quote_without_a_match_limit() -> None:
    """All of your 10 stand: they gain from (100 + L) × 0.97 ÷ 100 > 1 on, that is L = 3.0928 SOL."""
    found = quote(pool(90 * SOL, 50 * SOL), YES, Lamports(10 * SOL), OFF, inflow=Lamports(50 * SOL))

    assert (Lamports(14_550_000_000), Lamports(12_933_333_333)) == (found.return_now, found.return_worst)
    assert Lamports(3_092_783_515) == found.breakeven_losing


def test_a_quote_without_inflow_is_what_it_returns_now() -> None:
    """With nothing more to come the worst is the present, to the lamport, in every house."""
    for rules in (ROOMS, OFF, PANCAKE, HouseRules.preset("us-tote"), HouseRules.preset("uk-tote")):
        for yes, no in ((90, 50), (1_000, 1), (0, 7), (7, 0), (133, 34)):
            found = quote(pool(yes, no), YES, Lamports(10), rules)

            assert (ZERO, found.return_now) == (found.inflow, found.return_worst)


@pytest.mark.parametrize(
    "yes, stake, ppm", [(0, 1, 1_000_000), (2, 1, 333_333), (10**9, 1, 0), (90, 10, 100_000)]
)
def test_the_share_is_rounded_down(yes: int, stake: int, ppm: int) -> None:
    """The stake's share of its side, own stake included, in parts per million."""
    assert ppm == quote(pool(yes, 1), YES, Lamports(stake), OFF).share_ppm


@pytest.mark.parametrize(
    "yes, no, stake, back",
    [
        (10, 0, 10, 10),  # one side only: void, the stake comes back
        (100, 50, 10, 14),
        (32_000, 1_000, 5, 5),  # at the limit: 1.0003 floored
        (330, 10, 10, 10),  # 320 may stand: the newest 10 go back whole
        (330, 10, 20, 20),  # 10 go back, 10 win 10 × 321 ÷ 320
        (325, 10, 10, 10),  # 5 of 10 go back, 5 win 5 × 321 ÷ 320
        (10, 330, 10, 321),  # 10 of the other side leave: 330 − 9
    ],
)
def test_what_is_unmatched_comes_back(yes: int, no: int, stake: int, back: int) -> None:
    """The newest stake of a pool gets its share, and what nothing stands against (M5, M6)."""
    assert Lamports(back) == returned(pool(yes, no), YES, Lamports(stake), ROOMS)


@pytest.mark.parametrize(
    "rules, yes, no, stake, inflow, worst",
    [
        (OFF, 90, 50, 10, 50, 12),  # 10 × 194 ÷ 150 = 12.93
        (OFF, 0, 10, 10, 90, 10),  # 110 − 3 = 107 over 100: 10.7
        (PANCAKE, 90, 0, 10, 50, 9),  # one lamport against ends the void: 10 × 150 × 0.97 ÷ 149 = 9.77
        (ROOMS, 0, 0, 10, 50, 10),
        (ROOMS, 90, 0, 10, 50, 10),
    ],
)
def test_at_worst_the_inflow_joins_the_own_side(
    rules: HouseRules, yes: int, no: int, stake: int, inflow: int, worst: int
) -> None:
    """All inflow on the own side dilutes most; a capped takeout still never costs a winner his stake (M2, M12)."""
    assert (
        Lamports(worst)
        == quote(pool(yes, no), YES, Lamports(stake), rules, inflow=Lamports(inflow)).return_worst
    )


@pytest.mark.parametrize(
    "rules, yes, no, stake, inflow, worst",
    [
        # the second lamport against joins the pool with it: 20 × 0.6 × (1 + 10 ÷ 20) = 18
        (HouseRules.preset("pancakeswap", takeout_bps=4_000, match_limit=2), 0, 0, 20, 12, 18),
        # the takeout's floor jumps where the other side is cut to the limit
        (HouseRules.preset("rooms", match_limit=3), 0, 7, 20, 12, 25),
        (HouseRules.preset("losing-pool", match_limit=1), 9, 30, 20, 12, 39),
        (HouseRules.preset("pancakeswap", takeout_bps=1_800, match_limit=32), 40, 0, 1, 2, 0),
    ],
)
def test_the_worst_case_holds_beyond_the_match_limit(
    rules: HouseRules, yes: int, no: int, stake: int, inflow: int, worst: int
) -> None:
    """Where refunds end or floors jump on the way, the worst case is what trying all inflows finds."""
    assert (
        Lamports(worst)
        == quote(pool(yes, no), YES, Lamports(stake), rules, inflow=Lamports(inflow)).return_worst
    )


def test_a_quote_on_a_later_outcome_of_three() -> None:
    """The quote speaks of its own outcome, wherever it stands; the others count together (M11)."""
    three = Pool.of({"A": Lamports(40), "B": Lamports(60), "C": Lamports(10)})

    found = quote(three, C, Lamports(10), OFF, inflow=Lamports(20))

    # 120 − 3 = 117 over 20; at worst 140 − 4 = 136 over 40
    assert (Lamports(58), Lamports(34)) == (found.return_now, found.return_worst)
    assert 500_000 == found.share_ppm


@pytest.mark.parametrize(
    "rules, yes, stake, losing",
    [
        (OFF, 0, 1, 1),  # 3 % of 2 lamports are none: 2 back
        (OFF, 0, 100, 4),  # 104 − 3 = 101
        (OFF, 900, 100, 41),  # 100 × (1,041 − 31) ÷ 1,000 = 101
        (HouseRules.preset("losing-pool"), 900, 100, 10),  # 100 × 1,010 ÷ 1,000 = 101
        (ROOMS, 900, 100, 41),
    ],
)
def test_from_which_losing_pool_on_a_stake_gains(
    rules: HouseRules, yes: int, stake: int, losing: int
) -> None:
    """The smallest sum on the other outcomes at which the stake gains at least one lamport."""
    assert Lamports(losing) == quote(pool(yes, 0), YES, Lamports(stake), rules).breakeven_losing


@pytest.mark.parametrize(
    "rules, yes, stake",
    [
        (HouseRules(fees=HouseRules.preset("pancakeswap", takeout_bps=10_000).fees, match_limit=0), 0, 10),
        (HouseRules.preset("rooms", takeout_bps=10_000), 5, 10),
        (OFF, STORED_MAX, 1),
    ],
)
def test_some_stakes_can_never_gain(rules: HouseRules, yes: int, stake: int) -> None:
    """None where no losing pool up to 2^63 − 1 is large enough."""
    assert None is quote(pool(yes, 0), YES, Lamports(stake), rules).breakeven_losing


def test_the_largest_losing_pool_is_tried() -> None:
    """Up to 2^63 − 1 and not beyond: half of it against one lamport's gain on a whole stake."""
    rules = HouseRules.preset("losing-pool", takeout_bps=0, host_bps=0)

    assert Lamports(STORED_MAX) == quote(pool(STORED_MAX - 1, 0), YES, Lamports(1), rules).breakeven_losing
    assert None is quote(pool(STORED_MAX, 0), YES, Lamports(1), rules).breakeven_losing
