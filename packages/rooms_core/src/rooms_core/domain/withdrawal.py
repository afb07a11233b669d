"""A withdrawal: money reserved at request, spent at finality, released only on proven failure (decision M9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rooms_core.domain.address import Address
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports


class WithdrawalState(StrEnum):
    """How far a withdrawal is. DONE spends what was reserved; CANCELLED and FAILED_ON_CHAIN release it (I15)."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    SIGNED = "signed"
    SENT = "sent"
    CONFIRMED = "confirmed"
    DONE = "done"
    FAILED_ON_CHAIN = "failed_on_chain"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Tier(StrEnum):
    """How much agreement a withdrawal needs; W0 is automatic."""

    W0 = "W0"
    W1 = "W1"
    W2 = "W2"
    W3 = "W3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What a user asked for, frozen; only `state`, `not_before_ms`, `reason` and `ended_at_ms` move.

    `key`: the same key of the same user is the same withdrawal. `outflow`: the part that is not his own deposits of the
    last day. `nonce`: 32 random bytes, lower-case hex. Nothing is signed before `not_before_ms` or from
    `expires_at_ms` on. `reason`: why it was cancelled or failed.
    """

    id: WithdrawalId
    user: UserId
    key: str
    amount: Lamports
    destination: Address
    source: Address
    tier: Tier
    outflow: Lamports
    policy_hash: str
    nonce: str
    requested_at_ms: int
    not_before_ms: int
    expires_at_ms: int
    state: WithdrawalState
    reason: str | None = None
    ended_at_ms: int | None = None
