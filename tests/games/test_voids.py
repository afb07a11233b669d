"""Games against M5: can somebody who stakes more force a void, or be paid in every case?"""

from __future__ import annotations

from itertools import product

import pytest
from tests.games.pots import UNIT, house, play, stakes_of

from rooms_core.domain.fees import TakeoutBase
from rooms_core.domain.market import Outcome
from rooms_core.domain.settlement import Voided, settle

NAMES = ("A", "B", "C")
SIZES = [0, 1, 3]
ADDED = [0, 1, 33, 1_000_000]


@pytest.mark.parametrize("match_limit", [0, 1, 32])
def test_no_added_stake_forces_a_void(match_limit: int) -> None:
    """Attack: losers of a room of three outcomes add any stakes, to make it void and have theirs back.

    Size: 27 pools × 64 additions up to a million times the pool × 3 winners × 3 match limits. Answer: a room that would
    be settled is settled still.
    """
    rules = house(match_limit=match_limit)
    for sizes in product(SIZES, repeat=3):
        honest = [("h", name, size * UNIT) for name, size in zip(NAMES, sizes, strict=True)]
        standing = [winner for winner in NAMES if not play(honest, winner, rules, outcomes=NAMES).voided]
        for added in product(ADDED, repeat=3):
            bets = [*honest, *(("we", name, size * UNIT) for name, size in zip(NAMES, added, strict=True))]
            for winner in standing:
                assert not play(bets, winner, rules, outcomes=NAMES).voided, (sizes, added, winner)


def test_stakes_on_the_losing_side_change_nothing_but_the_prize() -> None:
    """Attack: when the answer is nearly known, losers pile up stakes on their own side.

    Size: 9 pools × 6 piles × match limit on and off. Answer: never void, and no winner has less than before.
    """
    for yes, no, pile, match_limit in product(
        [1, 5, 100], [1, 5, 100], [1, 10, 99, 1_000, 10**6, 10**12], [0, 32]
    ):
        rules = house(match_limit=match_limit)
        honest = [("y", "YES", yes * UNIT), ("n", "NO", no * UNIT)]
        before = play(honest, "YES", rules)
        after = play([*honest, ("we", "NO", pile * UNIT)], "YES", rules)

        assert not after.voided
        assert after.of(["y"]) >= before.of(["y"])


@pytest.mark.parametrize("base", [TakeoutBase.TOTAL_CAPPED, TakeoutBase.LOSING])
@pytest.mark.parametrize("match_limit", [0, 2, 32])
def test_no_added_stake_pays_in_every_case(base: TakeoutBase, match_limit: int) -> None:
    """Attack: spread stakes over all outcomes of a room of three so that no answer costs anything.

    Size: 27 pools × 124 spreads × 3 winners × 2 bases × 3 match limits. Answer: some answer costs, or none pays.
    """
    rules = house(base, match_limit=match_limit)
    for sizes in product([0, 1, 7], repeat=3):
        honest = [("h", name, size * UNIT) for name, size in zip(NAMES, sizes, strict=True)]
        for added in product([0, 1, 2, 6, 40], repeat=3):
            bets = [*honest, *(("we", name, size * UNIT) for name, size in zip(NAMES, added, strict=True))]
            gains = [play(bets, winner, rules, outcomes=NAMES).of(["we"]) for winner in NAMES]

            assert max(gains) <= 0 or min(gains) < 0, (sizes, added, gains)


def test_a_void_gives_the_attacker_his_stake_and_no_more() -> None:
    """Attack: make a room void by answering with something nobody staked on, or by standing alone.

    Size: every pool of 16 with every winner. Answer: a void room pays nobody a lamport more than he staked, so there is
    nothing to win by it.
    """
    for yes, no in product([0, 1, 2, 50], repeat=2):
        bets = [("y", "YES", yes * UNIT), ("n", "NO", no * UNIT)]
        for winner in ("YES", "NO", "NEITHER"):
            ending = settle(stakes_of(bets), [Outcome(winner)], house())
            if isinstance(ending, Voided):
                assert {who: amount.value for who, amount in ending.refunds.items()} == {
                    who: amount for who, _, amount in bets if amount
                }
