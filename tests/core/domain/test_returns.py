"""What goes back before the pool is fixed: late stakes, and stakes nothing stands against."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rooms_core.domain.ids import BetId
from rooms_core.domain.market import NO, YES, Outcome
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.returns import Excess, Marginal, is_late, match_refunds, unmatched


@dataclass(frozen=True)
class Placed:
    """A stake with a name."""

    name: str
    stake: Lamports


@dataclass(frozen=True)
class Bet:
    """A stake with a number and a time."""

    id: int
    placed_at_ms: int
    stake: Lamports


@pytest.mark.parametrize(
    "placed_at_ms, late_after_ms, late",
    [(100, None, False), (99, 100, False), (100, 100, False), (101, 100, True), (1, 0, True), (0, 0, False)],
)
def test_a_stake_exactly_at_the_edge_stays(placed_at_ms: int, late_after_ms: int | None, late: bool) -> None:
    """Late is after the edge of the window; without a window nothing is late (R4)."""
    assert late is is_late(placed_at_ms, late_after_ms=late_after_ms)


@pytest.mark.parametrize(
    "yes, no, limit, excess",
    [
        (320, 10, 32, None),  # exactly 32 times the others
        (321, 10, 32, Excess(YES, Lamports(1))),
        (10, 321, 32, Excess(NO, Lamports(1))),
        (100_000, 1, 32, Excess(YES, Lamports(99_968))),
        (100, 50, 1, Excess(YES, Lamports(50))),
        (100_000, 1, 0, None),  # off
        (1, 100_000, 0, None),
        (5, 0, 32, Excess(YES, Lamports(5))),
    ],
)
def test_one_outcome_holds_at_most_so_many_times_the_others(
    yes: int, no: int, limit: int, excess: Excess | None
) -> None:
    """What stands beyond the limit times the sum of the others has nothing against it (M6)."""
    assert excess == unmatched(Pool.of({"YES": Lamports(yes), "NO": Lamports(no)}), match_limit=limit)


@pytest.mark.parametrize(
    "a, b, c, excess",
    [
        (100, 2, 1, Excess(Outcome("A"), Lamports(4))),  # 32 × 3 = 96
        (2, 100, 1, Excess(Outcome("B"), Lamports(4))),
        (2, 1, 100, Excess(Outcome("C"), Lamports(4))),
        (96, 2, 1, None),
    ],
)
def test_with_three_outcomes_the_others_count_together(a: int, b: int, c: int, excess: Excess | None) -> None:
    """The limit is measured against the sum of all other outcomes."""
    pool = Pool.of({"A": Lamports(a), "B": Lamports(b), "C": Lamports(c)})

    assert excess == unmatched(pool, match_limit=32)


@pytest.mark.parametrize(
    "excess, back",
    [
        (0, []),
        (1, [("new", 1)]),
        (5, [("new", 5)]),
        (6, [("new", 5), ("mid", 1)]),
        (12, [("new", 5), ("mid", 7)]),
        (15, [("new", 5), ("mid", 7), ("old", 3)]),
        (22, [("new", 5), ("mid", 7), ("old", 10)]),
    ],
)
def test_the_newest_stakes_go_back_first(excess: int, back: list[tuple[str, int]]) -> None:
    """Newest first, whole bets until the marginal one, which goes back in part; older ones are not touched (M6)."""
    newest_first = [Placed("new", Lamports(5)), Placed("mid", Lamports(7)), Placed("old", Lamports(10))]

    assert back == [
        (placed.name, amount.value) for placed, amount in match_refunds(newest_first, Lamports(excess))
    ]


@pytest.mark.parametrize("excess", range(1, 23))
def test_where_the_refunds_end_tells_what_goes_back_of_each(excess: int) -> None:
    """The last stake that goes back says all: newer ones whole, itself in part, older ones not at all (M6)."""
    newest_first = [Bet(8, 70, Lamports(5)), Bet(6, 70, Lamports(7)), Bet(4, 60, Lamports(10))]
    back = {bet.id: amount for bet, amount in match_refunds(newest_first, Lamports(excess))}
    last = list(back)[-1]
    placed_at_ms = {bet.id: bet.placed_at_ms for bet in newest_first}[last]

    marginal = Marginal(outcome=YES, placed_at_ms=placed_at_ms, bet=BetId(last), back=back[last])

    assert [back.get(bet.id, ZERO) for bet in newest_first] == [
        marginal.returned(BetId(bet.id), bet.placed_at_ms, bet.stake) for bet in newest_first
    ]
