"""Small rooms for the games: stakes told as (who, outcome, amount), and what each person ends up with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rooms_core.domain.fees import FeeSchedule, TakeoutBase
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import Bps, Lamports
from rooms_core.domain.referral import ReferralBasis, ReferralTiers
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Stake, Voided, settle

UNIT = 1_000
"""Stakes of the games in lamports: large enough for 0.66 % of one to be seen, small enough for rounding to bite."""

SOURCE_TIERS = (1_500, 500, 200)
FULL_TIERS = (4_000, 2_000, 666)
"""All that a host with 1 of 3 % leaves: 6,666 of 10,000."""

Bets = Sequence[tuple[str, str, int]]


@dataclass(frozen=True)
class Ended:
    """How a room ended: what each person got out of it beside what he put in, and the host's share."""

    voided: bool
    gains: Mapping[str, int]
    host: int

    def of(self, people: Collection[str]) -> int:
        """What a coalition gained (the person "host" has the host's share), in lamports; negative: lost."""
        return sum(self.gains.get(person, 0) for person in people) + ("host" in people) * self.host


def house(
    base: TakeoutBase = TakeoutBase.TOTAL_CAPPED,
    *,
    tiers: Sequence[int] = SOURCE_TIERS,
    match_limit: int = 32,
    basis: ReferralBasis = ReferralBasis.ALL,
) -> HouseRules:
    """A house of 3 %, one third of it the host's."""
    return HouseRules(
        fees=FeeSchedule(Bps(300), Bps(100), base),
        tiers=ReferralTiers(tuple(Bps(tier) for tier in tiers), basis),
        match_limit=match_limit,
    )


def stakes_of(bets: Bets) -> list[Stake[str]]:
    """Bets as stakes, each placed a moment after the one before; nothing staked is no bet."""
    return [
        Stake(who, Outcome(outcome), Lamports(amount), moment)
        for moment, (who, outcome, amount) in enumerate(bets)
        if amount
    ]


def ended(ending: Settlement[str] | Voided[str], bets: Bets) -> Ended:
    """Everybody's gain: what he got back, was paid and earned, less what he staked."""
    gains: dict[str, int] = {}
    for who, _, staked in bets:
        gains[who] = gains.get(who, 0) - staked
    received = [ending.refunds]
    if isinstance(ending, Settlement):
        received += [ending.payouts, ending.commissions]
    for got in received:
        for who, amount in got.items():
            gains[who] = gains.get(who, 0) + amount.value
    host = ending.figures.host.value if isinstance(ending, Settlement) else 0
    return Ended(isinstance(ending, Voided), gains, host)


def play(
    bets: Bets,
    winner: str,
    rules: HouseRules,
    *,
    outcomes: Sequence[str] = ("YES", "NO"),
    uplines: Mapping[str, tuple[str, ...]] | None = None,
) -> Ended:
    """Settle a room with one winner."""
    ending = settle(
        stakes_of(bets),
        [Outcome(winner)],
        rules,
        outcomes=[Outcome(name) for name in outcomes],
        uplines=uplines,
    )
    return ended(ending, bets)
