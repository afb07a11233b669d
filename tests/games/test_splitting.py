"""Games against M4: does it pay to cut a stake into pieces, to join pieces, or to tie?"""

from __future__ import annotations

from itertools import product

import pytest
from tests.games.pots import house, play

from rooms_core.domain.dividend import DeadHeat
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Stake, settle


@pytest.mark.parametrize("match_limit", [0, 2, 32])
def test_splitting_over_accounts_never_gains(match_limit: int) -> None:
    """Attack: one stake over two accounts, so that two roundings work for it.

    Size: stakes of 2 to 12 lamports in every cut, pools of 0 to 9 on either side, both answers, three limits. Answer:
    the parts together never get more than the whole; every floor is the splitter's own loss.
    """
    rules = house(match_limit=match_limit)
    for yes, no, stake in product(range(0, 10, 3), range(0, 10, 3), range(2, 13)):
        honest = [("y", "YES", yes), ("n", "NO", no)]
        for winner in ("YES", "NO"):
            whole = play([*honest, ("we", "YES", stake)], winner, rules).of(["we"])
            for cut in range(1, stake):
                parts = [*honest, ("we", "YES", cut), ("me", "YES", stake - cut)]
                assert play(parts, winner, rules).of(["we", "me"]) <= whole


def test_pieces_under_one_name_are_one_position() -> None:
    """Attack: the same in pieces of one account, with other bets of other people in between.

    Size: every cut of 2 to 9 lamports among 16 pools. Answer: without a match limit nothing changes at all (I9).
    """
    rules = house(match_limit=0)
    for yes, no, stake in product(range(0, 10, 3), range(0, 10, 3), range(2, 10)):
        honest = [("y", "YES", yes), ("n", "NO", no)]
        for winner in ("YES", "NO"):
            whole = play([*honest, ("we", "YES", stake)], winner, rules)
            for cut in range(1, stake):
                pieces = [("we", "YES", cut), *honest, ("we", "YES", stake - cut)]
                assert whole.of(["we"]) == play(pieces, winner, rules).of(["we"])


def tie(rules: HouseRules, a: int, b: int, c: int) -> Settlement[str]:
    """A room of three in which A and B tie."""
    stakes = [
        Stake(name, Outcome(name), Lamports(amount)) for name, amount in zip("ABC", (a, b, c), strict=True)
    ]
    ending = settle(stakes, [Outcome("A"), Outcome("B")], rules)
    assert isinstance(ending, Settlement)
    return ending


def test_in_a_dead_heat_nobody_on_a_winner_loses() -> None:
    """Attack: hope for a tie that costs the favourites of it.

    Size: all rooms with 1 to 40 lamports on A, B and C in steps of 3, A and B tie. Answer: everyone on a tied outcome
    has his stake at least, and breakage stays below a lamport each.
    """
    for a, b, c in product(range(1, 41, 3), repeat=3):
        ending = tie(house(match_limit=0), a, b, c)
        paid_a, paid_b = (ending.payouts[name].value for name in "AB")

        assert paid_a >= a
        assert paid_b >= b
        assert 0 <= ending.figures.breakage.value < 2


def test_equal_split_would_take_from_the_favourites() -> None:
    """Control: under EQUAL_SPLIT A 40 and B 1 tie over C 10, and A gets 25 of its 40: outside of M2, and told so."""
    ending = tie(HouseRules(match_limit=0, dead_heat=DeadHeat.EQUAL_SPLIT), 40, 1, 10)

    assert {"A": Lamports(25), "B": Lamports(25)} == ending.payouts
