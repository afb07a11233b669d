"""The bytes an approver signs: the whole intent of a withdrawal, in its one spelling.

They are derived again from the books wherever they are checked, never taken from a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rooms_core.domain.approval import Approver, Decision, Registry, Verdict
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import Withdrawal
from rooms_core.domain.withdrawal_policy import WithdrawalPolicy
from rooms_core.proofs.canonical import Json, canonical_bytes, canonical_hash, text

PREFIX: Final = b"ROOMS-APPROVAL-V1\n"
"""Put before the payload, so that a signature over it can mean nothing else."""


def approval_payload(
    withdrawal: Withdrawal, approver: Approver, verdict: Verdict, *, deployment: str
) -> dict[str, Json]:
    """The intent, and who decides what about it; every number a decimal string.

    `deployment` names the chain and the custody this is for, so that no approval counts anywhere else.
    """
    return {
        "v": "1",
        "deployment": deployment,
        "withdrawal_id": text(withdrawal.id),
        "user_id": text(withdrawal.user),
        "asset": "SOL",
        "amount": text(withdrawal.amount.value),
        "destination": withdrawal.destination,
        "source_account": withdrawal.source,
        "policy_hash": withdrawal.policy_hash,
        "tier": withdrawal.tier.value,
        "requested_at": text(withdrawal.requested_at_ms),
        "not_before": text(withdrawal.not_before_ms),
        "expires_at": text(withdrawal.expires_at_ms),
        "nonce": withdrawal.nonce,
        "decision": verdict.value,
        "approver_id": approver.id,
        "zone": approver.zone,
    }


def approval_bytes(withdrawal: Withdrawal, approver: Approver, verdict: Verdict, *, deployment: str) -> bytes:
    """What the approver's key signs: the prefix and the canonical payload."""
    return PREFIX + canonical_bytes(approval_payload(withdrawal, approver, verdict, deployment=deployment))


def approvals_digest(decisions: Sequence[Decision]) -> str:
    """The digest of the approvals an attempt rests on, as "sha256:<hex>"; of none for an automatic withdrawal."""
    return canonical_hash(
        [{"approver": each.approver, "zone": each.zone, "signature": each.signature} for each in decisions]
    )


def policy_hash(policy: WithdrawalPolicy, registry: Registry) -> str:
    """The hash of all that decides about withdrawals; a change of it makes what was agreed before void."""
    record: dict[str, Json] = {
        "v": "1",
        "tiers": [
            {
                "tier": rule.tier.value,
                "user_max": _optional(rule.user_max),
                "house_max": _optional(rule.house_max),
                "approvers": text(rule.approvers),
                "zones": text(rule.zones),
                "delay_ms": text(rule.delay_ms),
            }
            for rule in policy.tiers
        ],
        "amount_min": text(policy.amount_min.value),
        "breaker_ppm": text(policy.breaker_ppm),
        "new_address_wait_ms": text(policy.new_address_wait_ms),
        "approval_life_ms": text(policy.approval_life_ms),
        "fee_max": text(policy.fee_max.value),
        "attempts_max": text(policy.attempts_max),
        "rent_min": text(policy.rent_min.value),
        "solvency_age_max_ms": text(policy.solvency_age_max_ms),
        "approvers": [
            {
                "id": each.id,
                "zone": each.zone,
                "public_key": each.public_key,
                "user": None if each.user is None else text(each.user),
                "valid_from_ms": text(each.valid_from_ms),
                "revoked_at_ms": None if each.revoked_at_ms is None else text(each.revoked_at_ms),
            }
            for each in registry.approvers
        ],
    }
    return canonical_hash(record)


def _optional(amount: Lamports | None) -> str | None:
    return None if amount is None else text(amount.value)
