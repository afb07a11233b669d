"""How much agreement an amount needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.withdrawal import Tier
from rooms_core.domain.withdrawal_policy import TIERS, Sums, TierRule, WithdrawalPolicy
from rooms_core.testing.builders import sols

POLICY = WithdrawalPolicy()
RICH = Sums(assets=sols("1000000"))


@pytest.mark.parametrize(
    "amount, user_asked, house_asked, tier",
    [
        ("1", "0", "0", Tier.W0),
        ("1.000000001", "0", "0", Tier.W1),
        ("0.5", "0.5", "0", Tier.W0),
        ("0.5", "0.500000001", "0", Tier.W1),  # splitting does not help
        ("1", "0", "99", Tier.W0),
        ("1", "0", "99.1", Tier.W1),  # nor does sharing among accounts
        ("25", "0", "0", Tier.W1),
        ("1", "24.5", "24.5", Tier.W2),
        ("250", "0", "0", Tier.W2),
        ("250.1", "0", "0", Tier.W3),
        ("1", "0", "25000", Tier.W3),
    ],
)
def test_the_sums_of_a_day_choose_the_tier(
    amount: str, user_asked: str, house_asked: str, tier: Tier
) -> None:
    """Both sums, a user's and the house's, must be within a tier's limits, this withdrawal included."""
    sums = replace(RICH, user_asked=sols(user_asked), house_asked=sols(house_asked))

    assert tier is POLICY.tier(sums, amount=sols(amount), outflow=sols(amount))


@pytest.mark.parametrize(
    "hour, outflow, tier",
    [
        ("1.5", "0.5", Tier.W0),  # exactly 2 % of 100 SOL
        ("1.5", "0.500000001", Tier.W2),
        ("2.5", "0.000000001", Tier.W2),
        ("2.5", "0", Tier.W0),  # his own deposits of the day may always go
    ],
)
def test_past_two_per_cent_of_the_assets_an_hour_everything_needs_two(
    hour: str, outflow: str, tier: Tier
) -> None:
    """The breaker counts automatic outflow beyond the users' own deposits."""
    sums = Sums(assets=sols("100"), house_outflow=sols(hour))

    assert tier is POLICY.tier(sums, amount=sols("1"), outflow=sols(outflow))


def test_the_breaker_never_lowers_a_tier() -> None:
    """What needs three approvers needs them in every hour."""
    assert Tier.W3 is POLICY.tier(Sums(), amount=sols("251"), outflow=sols("251"))


@pytest.mark.parametrize(
    "amount, asked, deposited, outflow",
    [(5, 0, 0, 5), (5, 0, 5, 0), (5, 0, 3, 2), (5, 3, 5, 3), (5, 9, 5, 5), (5, 0, 99, 0)],
)
def test_own_deposits_are_no_outflow(amount: int, asked: int, deposited: int, outflow: int) -> None:
    """A user's finalized deposits of the day cover what he asks for first."""
    sums = Sums(user_asked=Lamports(asked), user_deposited=Lamports(deposited))

    assert Lamports(outflow) == sums.outflow(Lamports(amount))


@pytest.mark.parametrize(
    "tier, approvers, zones, hours",
    [(Tier.W0, 0, 0, 0), (Tier.W1, 1, 1, 0), (Tier.W2, 2, 2, 1), (Tier.W3, 3, 3, 24)],
)
def test_the_usual_tiers(tier: Tier, approvers: int, zones: int, hours: int) -> None:
    """Automatic, one, two in two zones after an hour, three in three zones after a day."""
    rule = POLICY.rule(tier)

    assert (approvers, zones, hours * 3_600_000) == (rule.approvers, rule.zones, rule.delay_ms)


def test_a_policy_is_complete() -> None:
    """All four tiers in order, the last without limits, and no withdrawal of nothing."""
    last = TIERS[-1]
    limited: list[TierRule] = [
        replace(last, user_max=Lamports(9)),
        replace(last, house_max=Lamports(9)),
    ]

    for tiers in ((), TIERS[:3], (*TIERS[1:], TIERS[0])):
        with pytest.raises(ValueError, match="in this order"):
            WithdrawalPolicy(tiers=tiers)
    for wrong in limited:
        with pytest.raises(ValueError, match="no limits"):
            WithdrawalPolicy(tiers=(*TIERS[:3], wrong))
    with pytest.raises(ValueError, match="moves money"):
        WithdrawalPolicy(amount_min=ZERO)
