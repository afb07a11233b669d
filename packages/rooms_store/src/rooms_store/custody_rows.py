"""The rows of custody as values of the core, and back."""

from __future__ import annotations

from rooms_core.domain.address import Address
from rooms_core.domain.approval import Decision, Verdict
from rooms_core.domain.attempt import Attempt
from rooms_core.domain.deposit import Deposit, DepositAddress
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import Tier, Withdrawal
from rooms_store.codes import ATTEMPT_STATES, DEPOSIT_STATES, WITHDRAWAL_STATES
from rooms_store.rows import AnyRow, Values


def address_values(row: DepositAddress) -> Values:
    """A deposit address's row."""
    return {
        "address": row.address,
        "user_id": row.user,
        "made_at_ms": row.made_at_ms,
        "cursor": row.cursor,
        "cursor_slot": row.cursor_slot,
        "balance": row.balance.value,
    }


def address_of(row: AnyRow) -> DepositAddress:
    """A deposit address from its row."""
    return DepositAddress(
        address=Address(row.address),
        user=UserId(row.user_id),
        made_at_ms=row.made_at_ms,
        cursor=row.cursor,
        cursor_slot=row.cursor_slot,
        balance=Lamports(row.balance),
    )


def deposit_values(deposit: Deposit) -> Values:
    """A deposit's row."""
    return {
        "address": deposit.address,
        "signature": deposit.signature,
        "id": deposit.id,
        "user_id": deposit.user,
        "slot": deposit.slot,
        "change": deposit.change,
        "state": DEPOSIT_STATES.number(deposit.state),
        "seen_at_ms": deposit.seen_at_ms,
        "credited_at_ms": deposit.credited_at_ms,
    }


def deposit_of(row: AnyRow) -> Deposit:
    """A deposit from its row."""
    return Deposit(
        id=row.id,
        user=UserId(row.user_id),
        address=Address(row.address),
        signature=row.signature,
        slot=row.slot,
        change=row.change,
        state=DEPOSIT_STATES.word(row.state),
        seen_at_ms=row.seen_at_ms,
        credited_at_ms=row.credited_at_ms,
    )


def withdrawal_values(withdrawal: Withdrawal) -> Values:
    """A withdrawal's row."""
    return {
        "id": withdrawal.id,
        "user_id": withdrawal.user,
        "key": withdrawal.key,
        "amount": withdrawal.amount.value,
        "destination": withdrawal.destination,
        "source": withdrawal.source,
        "tier": withdrawal.tier.value,
        "outflow": withdrawal.outflow.value,
        "policy_hash": withdrawal.policy_hash,
        "nonce": withdrawal.nonce,
        "requested_at_ms": withdrawal.requested_at_ms,
        "not_before_ms": withdrawal.not_before_ms,
        "expires_at_ms": withdrawal.expires_at_ms,
        "state": WITHDRAWAL_STATES.number(withdrawal.state),
        "reason": withdrawal.reason,
        "ended_at_ms": withdrawal.ended_at_ms,
    }


def withdrawal_of(row: AnyRow) -> Withdrawal:
    """A withdrawal from its row."""
    return Withdrawal(
        id=WithdrawalId(row.id),
        user=UserId(row.user_id),
        key=row.key,
        amount=Lamports(row.amount),
        destination=Address(row.destination),
        source=Address(row.source),
        tier=Tier(row.tier),
        outflow=Lamports(row.outflow),
        policy_hash=row.policy_hash,
        nonce=row.nonce,
        requested_at_ms=row.requested_at_ms,
        not_before_ms=row.not_before_ms,
        expires_at_ms=row.expires_at_ms,
        state=WITHDRAWAL_STATES.word(row.state),
        reason=row.reason,
        ended_at_ms=row.ended_at_ms,
    )


def decision_values(decision: Decision) -> Values:
    """A decision's row."""
    return {
        "withdrawal_id": decision.withdrawal,
        "approver": decision.approver,
        "zone": decision.zone,
        "verdict": decision.verdict.value,
        "signature": decision.signature,
        "at_ms": decision.at_ms,
    }


def decision_of(row: AnyRow) -> Decision:
    """A decision from its row."""
    return Decision(
        withdrawal=WithdrawalId(row.withdrawal_id),
        approver=row.approver,
        zone=row.zone,
        verdict=Verdict(row.verdict),
        signature=row.signature,
        at_ms=row.at_ms,
    )


def attempt_values(attempt: Attempt) -> Values:
    """An attempt's row."""
    return {
        "withdrawal_id": attempt.withdrawal,
        "number": attempt.number,
        "request": attempt.request,
        "approvals": attempt.approvals,
        "blockhash": attempt.blockhash,
        "last_valid_height": attempt.last_valid_height,
        "observed_slot": attempt.observed_slot,
        "fee_max": attempt.fee_max.value,
        "made_at_ms": attempt.made_at_ms,
        "state": ATTEMPT_STATES.number(attempt.state),
        "signature": attempt.signature,
        "wire": attempt.wire,
        "sent_at_ms": attempt.sent_at_ms,
    }


def attempt_of(row: AnyRow) -> Attempt:
    """An attempt from its row."""
    return Attempt(
        withdrawal=WithdrawalId(row.withdrawal_id),
        number=row.number,
        request=row.request,
        approvals=row.approvals,
        blockhash=row.blockhash,
        last_valid_height=row.last_valid_height,
        observed_slot=row.observed_slot,
        fee_max=Lamports(row.fee_max),
        made_at_ms=row.made_at_ms,
        state=ATTEMPT_STATES.word(row.state),
        signature=row.signature,
        wire=row.wire,
        sent_at_ms=row.sent_at_ms,
    )
