"""A withdrawal: money reserved at request, spent at finality, released only on proven failure (decision M9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias

from rooms_core.domain.address import Address
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.money import Lamports
from rooms_core.result import Err, Ok, Result


class WithdrawalState(StrEnum):
    """How far a withdrawal is. REQUESTED lasts no longer than the unit of work that judges it.

    DONE spends what was reserved; CANCELLED and FAILED_ON_CHAIN release it (I15).
    """

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

    @property
    def over(self) -> bool:
        """Whether nothing can happen to it any more."""
        return not _MOVES[self]

    @property
    def released(self) -> bool:
        """Whether the reserved money went back to its user."""
        return self in (WithdrawalState.CANCELLED, WithdrawalState.FAILED_ON_CHAIN)

    @property
    def cancellable(self) -> bool:
        """Whether no signed bytes can pay it: before SIGNED or after proven expiry, never between."""
        return WithdrawalState.CANCELLED in _MOVES[self]


_ON_CHAIN: Final = frozenset(
    {
        WithdrawalState.CONFIRMED,
        WithdrawalState.DONE,
        WithdrawalState.FAILED_ON_CHAIN,
        WithdrawalState.EXPIRED,
    }
)
_MOVES: Final[dict[WithdrawalState, frozenset[WithdrawalState]]] = {
    WithdrawalState.REQUESTED: frozenset({WithdrawalState.AWAITING_APPROVAL, WithdrawalState.APPROVED}),
    WithdrawalState.AWAITING_APPROVAL: frozenset({WithdrawalState.APPROVED, WithdrawalState.CANCELLED}),
    WithdrawalState.APPROVED: frozenset({WithdrawalState.SIGNED, WithdrawalState.CANCELLED}),
    WithdrawalState.SIGNED: frozenset({WithdrawalState.SENT}) | _ON_CHAIN,
    WithdrawalState.SENT: _ON_CHAIN,
    WithdrawalState.CONFIRMED: _ON_CHAIN - {WithdrawalState.CONFIRMED},
    WithdrawalState.EXPIRED: frozenset({WithdrawalState.SIGNED, WithdrawalState.CANCELLED}),
    WithdrawalState.DONE: frozenset(),
    WithdrawalState.FAILED_ON_CHAIN: frozenset(),
    WithdrawalState.CANCELLED: frozenset(),
}


class Tier(StrEnum):
    """How much agreement a withdrawal needs; W0 is automatic."""

    W0 = "W0"
    W1 = "W1"
    W2 = "W2"
    W3 = "W3"


class CancelReason(StrEnum):
    """Why a withdrawal was cancelled."""

    BY_USER = "by_user"
    VETOED = "vetoed"
    APPROVAL_EXPIRED = "approval_expired"
    POLICY_CHANGED = "policy_changed"
    NEVER_LANDED = "never_landed"


@dataclass(frozen=True, slots=True)
class WithdrawalUnknown:
    """There is no such withdrawal, or it is somebody else's."""

    withdrawal: WithdrawalId


@dataclass(frozen=True, slots=True)
class TooLateToCancel:
    """Signed bytes exist that may still pay it, or it has ended already."""

    state: WithdrawalState


CancelRefused: TypeAlias = WithdrawalUnknown | TooLateToCancel


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What a user asked for, frozen; only `state`, `reason` and `ended_at_ms` move.

    `key`: the same key of the same user is the same withdrawal. `outflow`: the part that is not his own deposits of the
    last day. `nonce`: 32 random bytes, lower-case hex. Nothing is signed before `not_before_ms`, and with approvals
    not from `expires_at_ms` on. `reason`: why it was cancelled or failed.
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

    def moved(
        self, target: WithdrawalState, *, now_ms: int | None = None, reason: str | None = None
    ) -> Withdrawal:
        """One step further. Raises InvariantBroken for a step the table does not have (I15)."""
        ensure(target in _MOVES[self.state], "I15", f"withdrawal {self.id}: {self.state} -> {target}")
        ensure(target.over == (now_ms is not None), "I15", f"withdrawal {self.id} ends at a time")
        return replace(self, state=target, reason=reason, ended_at_ms=now_ms)

    def cancelled(self, reason: CancelReason, *, now_ms: int) -> Result[Withdrawal, TooLateToCancel]:
        """The withdrawal given up: before anything was signed, or after proven expiry, never between."""
        if not self.state.cancellable:
            return Err(TooLateToCancel(self.state))
        return Ok(self.moved(WithdrawalState.CANCELLED, now_ms=now_ms, reason=reason.value))
