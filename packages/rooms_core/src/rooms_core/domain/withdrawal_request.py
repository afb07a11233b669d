"""Asking for a withdrawal: what a user says, and every reason why he cannot have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rooms_core.domain.address import Address, DestinationRefused
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.keys import KeyIllFormed
from rooms_core.domain.money import Lamports
from rooms_core.domain.wallet import Wallet
from rooms_core.domain.withdrawal import Withdrawal, WithdrawalState
from rooms_core.domain.withdrawal_policy import Sums, WithdrawalPolicy
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True)
class AmountTooSmall:
    """Less than the least that is withdrawn, or than a fresh address must receive to exist."""

    amount: Lamports
    minimum: Lamports


@dataclass(frozen=True, slots=True)
class NotWithdrawable:
    """More than may be withdrawn now; of what is `available`, credits from rooms wait until `waits_until_ms` (ms)."""

    withdrawable: Lamports
    available: Lamports
    waits_until_ms: int


@dataclass(frozen=True, slots=True)
class UserUnknown:
    """Nobody with this id has joined."""

    user: UserId


@dataclass(frozen=True, slots=True)
class KeyUsed:
    """The key belongs to an earlier withdrawal of this user with another amount or destination."""

    withdrawal: WithdrawalId


@dataclass(frozen=True, slots=True)
class NotAWalletAccount:
    """The destination exists and belongs to a program (a token account, for example): `owner` is that program."""

    address: Address
    owner: Address


WithdrawalRefused: TypeAlias = (
    AmountTooSmall
    | NotWithdrawable
    | UserUnknown
    | KeyUsed
    | KeyIllFormed
    | NotAWalletAccount
    | DestinationRefused
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalOrder:
    """What a user asks for, to a destination in base58. The same `key` of the same user is the same order (I5)."""

    user: UserId
    key: str
    amount: Lamports
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an order goes, checked. `fresh`: no account is there yet. `known`: he has been paid there before."""

    source: Address
    destination: Address
    fresh: bool
    known: bool


def judge(
    order: WithdrawalOrder,
    target: Target,
    wallet: Wallet,
    sums: Sums,
    policy: WithdrawalPolicy,
    *,
    withdrawal_id: WithdrawalId,
    policy_hash: str,
    nonce: str,
    now_ms: int,
) -> Result[Withdrawal, AmountTooSmall | NotWithdrawable]:
    """Judge an order whose destination was checked: the withdrawal, APPROVED or AWAITING_APPROVAL, or why not."""
    least = max(policy.amount_min, policy.rent_min) if target.fresh else policy.amount_min
    if order.amount < least:
        return Err(AmountTooSmall(order.amount, least))
    withdrawable = wallet.withdrawable(now_ms)
    if order.amount > withdrawable:
        return Err(NotWithdrawable(withdrawable, wallet.available, wallet.waits_until_ms))
    outflow = sums.outflow(order.amount)
    rule = policy.rule(policy.tier(sums, amount=order.amount, outflow=outflow))
    not_before_ms = now_ms + max(rule.delay_ms, 0 if target.known else policy.new_address_wait_ms)
    asked = Withdrawal(
        id=withdrawal_id,
        user=order.user,
        key=order.key,
        amount=order.amount,
        destination=target.destination,
        source=target.source,
        tier=rule.tier,
        outflow=outflow,
        policy_hash=policy_hash,
        nonce=nonce,
        requested_at_ms=now_ms,
        not_before_ms=not_before_ms,
        expires_at_ms=not_before_ms + policy.approval_life_ms,
        state=WithdrawalState.REQUESTED,
    )
    waits = rule.approvers > 0
    return Ok(asked.moved(WithdrawalState.AWAITING_APPROVAL if waits else WithdrawalState.APPROVED))
