"""Why a withdrawal cannot be had, and what it looks like when it can."""

from __future__ import annotations

import pytest

from rooms_core.domain.address import Address
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.domain.wallet import Wallet
from rooms_core.domain.withdrawal import Tier, Withdrawal, WithdrawalState
from rooms_core.domain.withdrawal_policy import DAY_MS, HOUR_MS, Sums, WithdrawalPolicy
from rooms_core.domain.withdrawal_request import (
    AmountTooSmall,
    NotWithdrawable,
    Target,
    WithdrawalOrder,
    judge,
)
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.builders import sols

NOW_MS = 1_000_000
POLICY = WithdrawalPolicy(amount_min=Lamports(1_000))


def judged(
    amount: Lamports, wallet: Wallet, *, fresh: bool = False, known: bool = True
) -> Result[Withdrawal, AmountTooSmall | NotWithdrawable]:
    """An order, judged now by a rich house."""
    order = WithdrawalOrder(user=UserId(4), key="k", amount=amount, destination="there")
    target = Target(source=Address("wallet"), destination=Address("there"), fresh=fresh, known=known)
    return judge(
        order,
        target,
        wallet,
        Sums(assets=sols("1000000")),
        POLICY,
        withdrawal_id=WithdrawalId(2),
        policy_hash="sha256:00",
        nonce="00",
        now_ms=NOW_MS,
    )


@pytest.mark.parametrize(
    "fresh, minimum",
    [(False, 1_000), (True, 890_880)],
)
def test_an_amount_is_large_enough_to_be_sent(fresh: bool, minimum: int) -> None:
    """The house's least amount, and for a fresh address the chain's: less could not land there."""
    wallet = Wallet(available=sols("1"))

    assert Err(AmountTooSmall(Lamports(minimum - 1), Lamports(minimum))) == judged(
        Lamports(minimum - 1), wallet, fresh=fresh
    )
    assert isinstance(judged(Lamports(minimum), wallet, fresh=fresh), Ok)


def test_credits_from_rooms_wait() -> None:
    """What came from rooms inside of ten minutes is played with, not withdrawn (M9)."""
    wallet = Wallet(available=sols("3"), waiting=sols("2"), waits_until_ms=NOW_MS + 1)

    assert isinstance(judged(sols("1"), wallet), Ok)
    assert Err(NotWithdrawable(sols("1"), sols("3"), NOW_MS + 1)) == judged(sols("1.1"), wallet)


@pytest.mark.parametrize(
    "amount, known, state, delay_ms",
    [
        ("1", True, WithdrawalState.APPROVED, 0),
        ("1", False, WithdrawalState.APPROVED, DAY_MS),
        ("2", True, WithdrawalState.AWAITING_APPROVAL, 0),
        ("26", True, WithdrawalState.AWAITING_APPROVAL, HOUR_MS),
        ("26", False, WithdrawalState.AWAITING_APPROVAL, DAY_MS),
    ],
)
def test_it_waits_for_approval_and_for_a_new_address(
    amount: str, known: bool, state: WithdrawalState, delay_ms: int
) -> None:
    """Above W0 people decide; the first one to a new address waits a day, so that a thief can be stopped."""
    answer = judged(sols(amount), Wallet(available=sols("1000")), known=known)

    assert isinstance(answer, Ok)
    assert (state, NOW_MS + delay_ms, NOW_MS + delay_ms + DAY_MS) == (
        answer.value.state,
        answer.value.not_before_ms,
        answer.value.expires_at_ms,
    )
    assert sols(amount) == answer.value.outflow
    assert (answer.value.tier is Tier.W0) is (state is WithdrawalState.APPROVED)
