"""How much agreement a withdrawal needs: tiers by the sums of a day, and a breaker on the outflow of an hour.

Sums are rolling, per user and over the whole house, so that splitting an amount does not help.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.withdrawal import Tier

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_SOL: Final = 1_000_000_000
_PPM: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRule:
    """One tier: up to `user_max` in a day for a user and `house_max` for the house (None: no limit).

    It needs `approvers` from `zones` different zones, and is not signed before `delay_ms` after the request.
    """

    tier: Tier
    user_max: Lamports | None
    house_max: Lamports | None
    approvers: int
    zones: int
    delay_ms: int = 0

    def covers(self, *, user_sum: Lamports, house_sum: Lamports) -> bool:
        """Whether both sums of the day, this withdrawal included, are within the tier."""
        return (self.user_max is None or user_sum <= self.user_max) and (
            self.house_max is None or house_sum <= self.house_max
        )


TIERS: Final = (
    TierRule(tier=Tier.W0, user_max=Lamports(1 * _SOL), house_max=Lamports(100 * _SOL), approvers=0, zones=0),
    TierRule(
        tier=Tier.W1, user_max=Lamports(25 * _SOL), house_max=Lamports(2_500 * _SOL), approvers=1, zones=1
    ),
    TierRule(
        tier=Tier.W2,
        user_max=Lamports(250 * _SOL),
        house_max=Lamports(25_000 * _SOL),
        approvers=2,
        zones=2,
        delay_ms=HOUR_MS,
    ),
    TierRule(tier=Tier.W3, user_max=None, house_max=None, approvers=3, zones=3, delay_ms=DAY_MS),
)
"""A user's limits are the design's. The house's are a hundred times as high: its day has many users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the books say beside one withdrawal. Of the last day: `user_asked` and `house_asked` (released ones do not
    count) and `user_deposited` (finalized); of the last hour: `house_outflow`, automatic only. `assets`: what the
    house should hold.
    """

    user_asked: Lamports = ZERO
    house_asked: Lamports = ZERO
    user_deposited: Lamports = ZERO
    house_outflow: Lamports = ZERO
    assets: Lamports = ZERO

    def outflow(self, amount: Lamports) -> Lamports:
        """The part of an amount that is not the user's own deposits of the day, after what he has asked for before."""
        beyond = self.user_asked.value + amount.value - self.user_deposited.value
        return min(amount, Lamports(max(0, beyond)))


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalPolicy:
    """What a house decides about withdrawals. `tiers` has all four, the last without limits, else ValueError.

    `breaker_ppm`: the automatic outflow of an hour, in parts per million of the assets, past which everything is W2.
    `fee_max`: the most the chain may take for one transfer. `attempts_max`: after so many proven expiries a
    withdrawal is given up. `rent_min`: the least a fresh address may receive.
    """

    tiers: tuple[TierRule, ...] = TIERS
    amount_min: Lamports = Lamports(1_000_000)
    breaker_ppm: int = 20_000
    new_address_wait_ms: int = DAY_MS
    approval_life_ms: int = DAY_MS
    fee_max: Lamports = Lamports(10_000)
    attempts_max: int = 5
    rent_min: Lamports = Lamports(890_880)
    solvency_age_max_ms: int = 2 * HOUR_MS

    def __post_init__(self) -> None:
        if [rule.tier for rule in self.tiers] != list(Tier):
            raise ValueError("a policy has the tiers W0, W1, W2 and W3, in this order")
        if self.tiers[-1].user_max is not None or self.tiers[-1].house_max is not None:
            raise ValueError("the last tier has no limits")
        if not self.amount_min:
            raise ValueError("a withdrawal moves money")

    def rule(self, tier: Tier) -> TierRule:
        """The rule of a tier."""
        return next(rule for rule in self.tiers if rule.tier is tier)

    def tier(self, sums: Sums, *, amount: Lamports, outflow: Lamports) -> Tier:
        """The first tier that covers the day's sums with `amount`, but W2 at least once the breaker has tripped.

        It trips when the automatic outflow of the hour, with this `outflow`, passes its part of the assets.
        """
        user_sum, house_sum = sums.user_asked + amount, sums.house_asked + amount
        tier = next(rule.tier for rule in self.tiers if rule.covers(user_sum=user_sum, house_sum=house_sum))
        hour = sums.house_outflow + outflow
        tripped = bool(outflow) and hour.value * _PPM > sums.assets.value * self.breaker_ppm
        return max(tier, Tier.W2) if tripped else tier
