"""Games against M2, M3 and M7: can people who hold every role at once win whatever happens?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, product

import pytest
from tests.games.pots import FULL_TIERS, SOURCE_TIERS, UNIT, house, play

from rooms_core.domain.fees import TakeoutBase
from rooms_core.domain.money import Bps
from rooms_core.domain.referral import ReferralBasis
from rooms_core.domain.rules import HouseRules, TotalWithBeneficiaries

OTHERS = [0, 1, 3, 40, 100]
OURS = [0, 1, 2, 35, 100]
RING = ("r1", "r2", "r3")
ROLES = ("host", *RING)
SUBSETS = list(chain.from_iterable(combinations(ROLES, size) for size in range(len(ROLES) + 1)))


def gains(
    rules: HouseRules, *, everybody_referred: bool
) -> Iterator[tuple[tuple[str, ...], tuple[int, int]]]:
    """For each small room, each way to bet on top of it and each set of roles: what betting adds if YES, if NO wins.

    The bettor belongs to the coalition always. What a host or a referrer earns without betting is no gain of the
    attack, so it is taken off.
    """
    uplines = {"we": RING, "y": RING, "n": RING} if everybody_referred else {"we": RING}
    for yes, no in product(OTHERS, OTHERS):
        honest = [("y", "YES", yes * UNIT), ("n", "NO", no * UNIT)]
        without = [play(honest, winner, rules, uplines=uplines) for winner in ("YES", "NO")]
        for on_yes, on_no in product(OURS, OURS):
            if not on_yes and not on_no:
                continue
            bets = [*honest, ("we", "YES", on_yes * UNIT), ("we", "NO", on_no * UNIT)]
            with_us = [play(bets, winner, rules, uplines=uplines) for winner in ("YES", "NO")]
            for roles in SUBSETS:
                if_yes, if_no = (
                    after.of(("we", *roles)) - before.of(roles)
                    for after, before in zip(with_us, without, strict=True)
                )
                yield roles, (if_yes, if_no)


@pytest.mark.parametrize("base", [TakeoutBase.TOTAL_CAPPED, TakeoutBase.LOSING])
@pytest.mark.parametrize("match_limit", [0, 2, 32])
@pytest.mark.parametrize("everybody_referred", [False, True])
def test_no_coalition_gains_whatever_happens(
    base: TakeoutBase, match_limit: int, everybody_referred: bool
) -> None:
    """Attack: bettor, host and a full ring of referrers bet on one side or both, on top of any pool.

    Size: 25 pools × 24 ways to bet × 16 sets of roles, both answers, both capped bases, three match limits, the
    ring above its own bets only or above everybody's. Answer: none gains on both answers, and none gains on one
    while losing nothing on the other.
    """
    found = list(gains(house(base, match_limit=match_limit), everybody_referred=everybody_referred))

    assert 25 * 24 * 16 == len(found)
    assert [] == [(roles, both) for roles, both in found if min(both) >= 0 and max(both) > 0]


@pytest.mark.parametrize("basis", ReferralBasis)
@pytest.mark.parametrize("everybody_referred", [False, True])
def test_not_even_with_the_highest_tiers_that_fit(basis: ReferralBasis, everybody_referred: bool) -> None:
    """Attack: the same, in a house whose tiers give away all that the host leaves.

    Size: 9,600 cases for each basis. Answer: never a gain on both answers; at best the coalition has its own takeout
    back.
    """
    found = gains(house(tiers=FULL_TIERS, basis=basis), everybody_referred=everybody_referred)

    assert [] == [(roles, both) for roles, both in found if min(both) > 0]


def test_an_uncapped_takeout_can_be_farmed() -> None:
    """Control: the attack that M2 names works under TOTAL, so the game can see it.

    Attack: against NO 100 a host with his own ring bets YES 1. If NO wins he loses 1 and has a host's share of 1.01
    and commissions on his own bet; if YES wins he has the pool. Answer: he gains both times; under the cap he loses.
    """
    bets = [("n", "NO", 100 * UNIT), ("we", "YES", UNIT)]
    coalition = ("we", *ROLES)

    def both(base: TakeoutBase) -> list[int]:
        rules = house(base, match_limit=0)
        return [play(bets, winner, rules, uplines={"we": RING}).of(coalition) for winner in ("YES", "NO")]

    # NO: takeout 3,030, host 1,010, commissions 4 + 1 + 0 on 1,000 of 101,000; less the stake of 1,000
    assert [97_970 + 1_010 + 5 - 1_000, 15] == both(TakeoutBase.TOTAL)
    # capped: takeout 1,000, host 333, commissions 1
    assert -666 == both(TakeoutBase.TOTAL_CAPPED)[1]
    # losing base: takeout 30, host 10
    assert -990 == both(TakeoutBase.LOSING)[1]


@pytest.mark.parametrize("tiers", [(), SOURCE_TIERS])
def test_so_an_uncapped_takeout_has_neither_host_nor_referrals(tiers: tuple[int, ...]) -> None:
    """The rules refuse the combination before a room can be made of it (M2)."""
    rules = house(TakeoutBase.TOTAL, tiers=tiers)

    assert (TotalWithBeneficiaries(True, sum(tiers)),) == rules.problems(hosted=True)
    assert Bps(100) == rules.fees.host_bps


def test_a_second_account_is_a_rebate_and_no_more() -> None:
    """Attack: one person refers his own accounts, three levels deep, and bets on both sides.

    Size: bets of 1 to 12 units on one side or both, on 20 pools, both answers. Answer: what comes back is at most 22 %
    of the takeout on his own stakes: a rebate out of the protocol's part.
    """
    rules = house()
    for yes, no, on_yes, on_no in product([0, 1, 5, 30, 100], [1, 5, 30, 100], [1, 4, 12], [0, 1, 12]):
        bets = [
            ("y", "YES", yes * UNIT),
            ("n", "NO", no * UNIT),
            ("we", "YES", on_yes * UNIT),
            ("we", "NO", on_no * UNIT),
        ]
        for winner in ("YES", "NO"):
            plain = play(bets, winner, rules)
            rebated = play(bets, winner, rules, uplines={"we": RING})
            back = rebated.of(("we", *RING)) - plain.of(("we",))
            assert 0 <= back * 10_000 <= 2_200 * 300 * (on_yes + on_no) * UNIT // 10_000
