"""The pool: stakes per outcome, and what they add up to."""

from __future__ import annotations

import pytest

from rooms_core.domain.market import NO, YES, Outcome
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.pool import Pool

DRAW = Outcome("DRAW")
THREE = Pool.of({"YES": Lamports(100), "NO": Lamports(50), "DRAW": Lamports(7)})


def test_a_pool_knows_its_outcomes_in_order() -> None:
    """Outcomes stand in the room's order, each with its stakes."""
    assert ((YES, Lamports(100)), (NO, Lamports(50)), (DRAW, Lamports(7))) == THREE.stakes
    assert (YES, NO, DRAW) == THREE.outcomes
    assert Lamports(50) == THREE.on(NO)


def test_gross_is_all_stakes_together() -> None:
    """The total pool, the one base of takeout, commissions and payouts (M1)."""
    assert Lamports(157) == THREE.gross


@pytest.mark.parametrize("outcome, against", [(YES, 57), (NO, 107), (DRAW, 150)])
def test_against_an_outcome_stand_all_the_others(outcome: Outcome, against: int) -> None:
    """What an outcome can win is the sum of all the others."""
    assert Lamports(against) == THREE.against(outcome)


@pytest.mark.parametrize(
    "stakes",
    [
        ((YES, Lamports(1)),),
        (),
        ((YES, Lamports(1)), (YES, Lamports(2))),
        ((YES, Lamports(1)), (NO, Lamports(2)), (YES, ZERO)),
    ],
)
def test_a_pool_has_two_outcomes_named_once(stakes: tuple[tuple[Outcome, Lamports], ...]) -> None:
    """With fewer outcomes, or one named twice, there is nothing to share (M11)."""
    with pytest.raises(ValueError, match=r"^a pool has at least two outcomes, each named once$"):
        Pool(stakes)


@pytest.mark.parametrize(
    "yes, no, one_sided", [(0, 0, True), (1, 0, True), (0, 1, True), (1, 1, False), (100, 50, False)]
)
def test_a_pool_is_one_sided_until_two_outcomes_have_stakes(yes: int, no: int, one_sided: bool) -> None:
    """Nobody stands against anybody while fewer than two outcomes have stakes (M5)."""
    assert one_sided is Pool.of({"YES": Lamports(yes), "NO": Lamports(no)}).one_sided


def test_three_outcomes_with_two_sides_are_a_contest() -> None:
    """An outcome without stakes does not make a pool one-sided as long as two others have some."""
    assert not Pool.of({"A": Lamports(1), "B": ZERO, "C": Lamports(1)}).one_sided


def test_an_empty_pool_names_its_outcomes() -> None:
    """A new room's pool has all its outcomes, and nothing on them."""
    empty = Pool.empty((YES, NO))

    assert ((YES, ZERO), (NO, ZERO)) == empty.stakes
    assert ZERO == empty.gross


def test_a_stake_joins_its_own_outcome_only() -> None:
    """A stake raises its outcome, a refund lowers it, and the others keep what they have."""
    assert ((YES, Lamports(100)), (NO, Lamports(53)), (DRAW, Lamports(7))) == THREE.plus(
        NO, Lamports(3)
    ).stakes
    assert ((YES, Lamports(100)), (NO, Lamports(47)), (DRAW, Lamports(7))) == THREE.minus(
        NO, Lamports(3)
    ).stakes


def test_an_unknown_outcome_is_an_error() -> None:
    """Nobody can stake on what the room does not have."""
    for ask in (THREE.on, THREE.against):
        with pytest.raises(KeyError):
            ask(Outcome("yes"))
    for change in (THREE.plus, THREE.minus):
        with pytest.raises(KeyError):
            change(Outcome("yes"), Lamports(1))


def test_more_than_there_is_cannot_leave() -> None:
    """A refund above an outcome's stakes is a bug."""
    with pytest.raises(ValueError, match="not an amount"):
        THREE.minus(DRAW, Lamports(8))
