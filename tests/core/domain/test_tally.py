"""Positions in, payouts out: sums that are proven at the end."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import NO, YES, Outcome
from rooms_core.domain.money import ZERO, Bps, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.referral import ReferralBasis, ReferralTiers
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.tally import Figures, Line, Position, Tally
from rooms_core.domain.terms import Terms, decide

SOL = 1_000_000_000
RULES = HouseRules()


def terms_of(yes: int, no: int, rules: HouseRules = RULES, *, hosted: bool = True) -> Terms:
    """The terms of a pool that YES wins."""
    found = decide(Pool.of({"YES": Lamports(yes), "NO": Lamports(no)}), [YES], rules, hosted=hosted)
    assert isinstance(found, Terms)
    return found


def position(
    bettor: str,
    outcome: Outcome,
    staked: int,
    *,
    late: int = 0,
    unmatched: int = 0,
    uplines: tuple[str, ...] = (),
) -> Position[str]:
    """A position, told shortly."""
    return Position(
        bettor=bettor,
        outcome=outcome,
        staked=Lamports(staked),
        late=Lamports(late),
        unmatched=Lamports(unmatched),
        uplines=uplines,
    )


FIGURES = Figures(
    staked=Lamports(160),
    late_refunds=Lamports(6),
    match_refunds=Lamports(4),
    gross=Lamports(150),
    takeout=Lamports(5),
    host=Lamports(2),
    protocol=Lamports(2),
    commissions=Lamports(1),
    paid=Lamports(143),
    breakage=Lamports(2),
    subsidy=ZERO,
)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"staked": 161}, "staked = late refunds + match refunds + gross"),
        ({"late_refunds": 7}, "staked = late refunds + match refunds + gross"),
        ({"match_refunds": 3}, "staked = late refunds + match refunds + gross"),
        ({"paid": 144}, "gross + subsidy = takeout + paid + breakage"),
        ({"subsidy": 1}, "gross + subsidy = takeout + paid + breakage"),
        ({"breakage": 1}, "gross + subsidy = takeout + paid + breakage"),
        ({"takeout": 4, "breakage": 3}, "takeout = host + protocol + commissions"),
        ({"host": 3}, "takeout = host + protocol + commissions"),
        ({"commissions": 0}, "takeout = host + protocol + commissions"),
        ({"protocol": 1}, "takeout = host + protocol + commissions"),
        ({"subsidy": 1, "breakage": 3}, "subsidy and breakage exclude each other"),
    ],
)
def test_figures_satisfy_the_identities_or_cannot_be_made(changes: dict[str, int], message: str) -> None:
    """One lamport astray in any figure of a settled room is noticed (I8)."""
    with pytest.raises(InvariantBroken, match=f"^I8: {re.escape(message)}$"):
        replace(FIGURES, **{name: Lamports(value) for name, value in changes.items()})


def test_refunds_default_to_nothing() -> None:
    """Most rooms have no refunds, most positions no late or unmatched part and no referrer."""
    plain = Position(bettor="you", outcome=YES, staked=Lamports(3))

    assert (ZERO, ZERO, (), Lamports(3)) == (plain.late, plain.unmatched, plain.uplines, plain.in_pool)
    figures = Figures(
        staked=Lamports(150),
        gross=Lamports(150),
        takeout=ZERO,
        host=ZERO,
        protocol=ZERO,
        commissions=ZERO,
        paid=Lamports(150),
        breakage=ZERO,
        subsidy=ZERO,
    )
    assert (ZERO, ZERO) == (figures.late_refunds, figures.match_refunds)


def test_what_stands_in_the_pool() -> None:
    """A position's part in the pool is what was neither late nor unmatched."""
    assert Lamports(5) == position("you", YES, 10, late=2, unmatched=3).in_pool


def test_the_sources_room_line_by_line() -> None:
    """You 10 and others 90 on YES, 50 on NO; you were brought by r1, r2, r3: 0.045, 0.015 and 0.006 SOL (M7)."""
    tally: Tally[str] = Tally(terms_of(100 * SOL, 50 * SOL))
    you = position("you", YES, 10 * SOL, uplines=("r1", "r2", "r3"))
    others = position("others", YES, 90 * SOL)
    against = position("against", NO, 50 * SOL)

    lines = [*tally.take([you]), *tally.take([others, against])]
    figures = tally.close()

    assert [
        Line(you, Lamports(14_550_000_000)),
        Line(others, Lamports(130_950_000_000)),
        Line(against, ZERO),
    ] == lines
    assert {"r1": 45_000_000, "r2": 15_000_000, "r3": 6_000_000} == tally.commissions
    assert (
        Figures(
            staked=Lamports(150 * SOL),
            gross=Lamports(150 * SOL),
            takeout=Lamports(4_500_000_000),
            host=Lamports(1_500_000_000),
            protocol=Lamports(2_934_000_000),  # 3.0 before the commissions of 0.066
            commissions=Lamports(66_000_000),
            paid=Lamports(145_500_000_000),
            breakage=ZERO,
            subsidy=ZERO,
        )
        == figures
    )


def test_the_rounding_is_breakage() -> None:
    """Three winners of 33 share 97 after 3: 32 each; what flooring leaves is booked, not lost (M4)."""
    tally: Tally[str] = Tally(terms_of(99, 1, HouseRules.preset("pancakeswap")))

    lines = tally.take([position(name, YES, 33) for name in "abc"])
    tally.take([position("d", NO, 1)])
    figures = tally.close()

    assert [32, 32, 32] == [line.payout.value for line in lines]
    assert (Lamports(3), Lamports(96), Lamports(1), ZERO) == (
        figures.takeout,
        figures.paid,
        figures.breakage,
        figures.subsidy,
    )


def test_a_minimum_dividend_costs_a_subsidy() -> None:
    """YES 1,000, NO 10 in a US tote: 829 are left, 1,050 are promised, the house pays 221 (M4)."""
    tally: Tally[str] = Tally(terms_of(1_000, 10, HouseRules.preset("us-tote")))
    tally.take([position("a", YES, 1_000), position("b", NO, 10)])

    figures = tally.close()

    assert (Lamports(1_050), Lamports(221), ZERO) == (figures.paid, figures.subsidy, figures.breakage)


def test_late_and_unmatched_parts_stay_out_of_the_pool() -> None:
    """Payouts, figures and commissions count only what stands in the pool."""
    terms = terms_of(3_300, 100)  # YES 3,200 matched, takeout 99
    tally: Tally[str] = Tally(terms)

    lines = tally.take(
        [
            position("a", YES, 3_310, late=10, unmatched=100, uplines=("r",)),
            position("b", NO, 107, late=7),
        ]
    )
    figures = tally.close()

    assert [3_201, 0] == [line.payout.value for line in lines]
    assert (3_417, 17, 100, 3_300) == (
        figures.staked.value,
        figures.late_refunds.value,
        figures.match_refunds.value,
        figures.gross.value,
    )
    assert {"r": 99 * 3_200 * 1_500 // (3_300 * 10_000)} == tally.commissions
    assert 14 == tally.commissions["r"]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_blocks_of_any_size_are_the_same_settlement(size: int) -> None:
    """Positions come as they are read; every sum goes on where the block before left it."""
    tally: Tally[str] = Tally(terms_of(3_300, 100))
    positions = [
        position("a", YES, 2_910, late=10, unmatched=90, uplines=("r",)),
        position("b", YES, 405, late=5, unmatched=10),
        position("c", NO, 107, late=7),
        position("d", YES, 9, late=9),
    ]

    lines = [line for at in range(0, len(positions), size) for line in tally.take(positions[at : at + size])]
    figures = tally.close()

    assert ["a", "b", "c", "d"] == [line.position.bettor for line in lines]
    assert [2_810, 390, 0, 0] == [line.payout.value for line in lines]
    assert (3_431, 31, 100, 3_300, 3_200) == (
        figures.staked.value,
        figures.late_refunds.value,
        figures.match_refunds.value,
        figures.gross.value,
        figures.paid.value,
    )


def test_a_commission_is_one_division_over_all_positions_of_a_bettor() -> None:
    """1,500 and 1,600 on both sides: 240 × 3,100 × 15 % ÷ 8,000 = 13.95 are 13; apart they would be 6 and 7 (M7)."""
    tally: Tally[str] = Tally(terms_of(4_100, 3_900))
    tally.take([position("a", YES, 1_500, uplines=("r",))])
    tally.take([position("a", NO, 1_600, uplines=("r",)), position("b", YES, 2_600)])
    tally.take([position("c", NO, 2_300)])
    tally.close()

    assert {"r": 13} == tally.commissions


def test_a_commission_below_a_lamport_is_none() -> None:
    """Who earns nothing is not among those who are paid."""
    tally: Tally[str] = Tally(terms_of(4_000, 4_000))
    tally.take([position("a", YES, 4_000), position("b", NO, 222, uplines=("r",)), position("c", NO, 3_778)])
    tally.close()

    assert {} == tally.commissions  # 240 × 222 × 15 % ÷ 8,000 = 0.999


def test_commissions_of_several_referred_users_add_up() -> None:
    """A referrer earns on each user he brought, on any level, each floored by itself."""
    tally: Tally[str] = Tally(terms_of(4_000, 4_000))
    tally.take(
        [
            position("a", YES, 4_000, uplines=("r", "top")),  # 240 × 0.5 × 15 % = 18; 5 % = 6
            position("b", NO, 3_000, uplines=("top",)),  # 240 × 0.375 × 15 % = 13.5
            position("c", NO, 1_000, uplines=("r", "r2", "top")),  # 4.5; 1.5; 0.6
        ]
    )
    figures = tally.close()

    assert {"r": 18 + 4, "top": 6 + 13, "r2": 1} == tally.commissions
    assert (Lamports(42), Lamports(80), Lamports(118)) == (
        figures.commissions,
        figures.host,
        figures.protocol,
    )


def test_more_uplines_than_tiers_earn_nothing() -> None:
    """With one tier only the direct referrer earns."""
    rules = HouseRules(tiers=ReferralTiers((Bps(1_500),)))
    tally: Tally[str] = Tally(terms_of(4_000, 4_000, rules))
    tally.take([position("a", YES, 4_000, uplines=("r", "s", "t")), position("b", NO, 4_000)])
    tally.close()

    assert {"r": 18} == tally.commissions


def test_the_winning_basis_counts_winning_positions_only() -> None:
    """`ReferralBasis.WINNING`: the loser's referrer earns nothing, and of two sides only the winning one counts."""
    rules = HouseRules(tiers=ReferralTiers((Bps(1_500),), ReferralBasis.WINNING))
    tally: Tally[str] = Tally(terms_of(4_000, 4_000, rules))
    tally.take(
        [
            position("a", NO, 2_000, uplines=("r",)),
            position("a", YES, 4_000, uplines=("r",)),
            position("b", NO, 2_000, uplines=("s",)),
        ]
    )
    tally.close()

    assert {"r": 18} == tally.commissions


@pytest.mark.parametrize(
    "positions, message",
    [
        ([], "positions sum to 0, the pool to 150"),
        ([position("a", YES, 100)], "positions sum to 100, the pool to 150"),
        ([position("a", YES, 100), position("b", NO, 51)], "positions sum to 151, the pool to 150"),
        (
            [position("a", YES, 100), position("b", NO, 51, unmatched=1)],
            "match refunds sum to 1, owed are 0",
        ),
    ],
)
def test_positions_that_do_not_add_up_to_the_pool_stop_everything(
    positions: list[Position[str]], message: str
) -> None:
    """Nothing is paid unless the positions are the pool (I8)."""
    tally: Tally[str] = Tally(terms_of(100, 50))
    tally.take(positions)

    with pytest.raises(InvariantBroken, match=f"^I8: {message}$"):
        tally.close()


def test_match_refunds_that_are_owed_must_be_there() -> None:
    """A match refund that nobody got stops the settlement."""
    tally: Tally[str] = Tally(terms_of(3_300, 100))
    tally.take([position("a", YES, 3_200), position("b", NO, 100)])

    with pytest.raises(InvariantBroken, match=r"^I8: match refunds sum to 0, owed are 100$"):
        tally.close()


def test_closing_twice_gives_the_same_figures() -> None:
    """Nobody is paid his commission twice because somebody asks again."""
    tally: Tally[str] = Tally(terms_of(4_000, 4_000))
    tally.take([position("", YES, 4_000, uplines=("r",)), position("b", NO, 4_000)])

    assert tally.close() == tally.close()
    assert {"r": 18} == tally.commissions


def test_payouts_beyond_63_bits_are_exact() -> None:
    """Sums in the core are unbounded: twenty whole stakes of 2^63 − 1 and two against them."""
    whole = 2**63 - 1
    terms = terms_of(20 * whole, 2 * whole)
    tally: Tally[str] = Tally(terms)

    lines = tally.take(
        [position(f"y{number}", YES, whole) for number in range(20)]
        + [position(f"n{number}", NO, whole) for number in range(2)]
    )
    tally.close()

    net = 22 * whole - 22 * whole * 300 // 10_000
    assert [whole * net // (20 * whole)] * 20 + [0, 0] == [line.payout.value for line in lines]


def test_more_than_a_position_holds_cannot_leave_it() -> None:
    """Late and unmatched parts are parts of the stakes; what cannot be is no settlement."""
    tally: Tally[str] = Tally(terms_of(100, 50))

    with pytest.raises(ValueError, match="not an amount of lamports: -1"):
        tally.take([position("a", YES, 100, late=60, unmatched=41)])
