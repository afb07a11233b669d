"""Whether a withdrawal may be signed, judged from the books alone. Shared by looking at it and by writing the attempt.

Approvals are checked again here, their signatures too: what a message claimed before does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rooms_core.domain.approval import (
    ApprovalExpired,
    Decision,
    NoQuorum,
    PolicyChanged,
    Registry,
    quorum,
    stale,
)
from rooms_core.domain.attempt import Attempt
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.journal import OPERATING
from rooms_core.domain.money import Lamports, total
from rooms_core.domain.solvency import Pause, paused
from rooms_core.domain.withdrawal import CancelReason, Withdrawal, WithdrawalState
from rooms_core.domain.withdrawal_policy import TierRule, WithdrawalPolicy
from rooms_core.ports.books import Books
from rooms_core.ports.chain import ChainFailed
from rooms_core.ports.signer import SignatureCheck, SignerFailed
from rooms_core.ports.store import StoreFailed
from rooms_core.proofs.approval import approval_bytes, approvals_digest, policy_hash
from rooms_core.result import Err, Ok
from rooms_core.services.releasing import cancel, paid_by


@dataclass(frozen=True, slots=True)
class TooEarly:
    """Nothing is signed before `not_before_ms`."""

    not_before_ms: int


@dataclass(frozen=True, slots=True)
class OperatingTooLow:
    """The operating account cannot pay the chain's fee for one more transfer (decision M9)."""

    have: Lamports
    need: Lamports


@dataclass(frozen=True, slots=True)
class WalletTooLow:
    """The platform's wallet holds too little on chain: deposits have to be swept, or funds brought."""

    have: Lamports
    need: Lamports


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise of our own does not hold for this withdrawal; somebody has to look."""

    message: str


WaitsFor: TypeAlias = (
    TooEarly
    | OperatingTooLow
    | WalletTooLow
    | Broken
    | Pause
    | NoQuorum
    | ChainFailed
    | SignerFailed
    | StoreFailed
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A withdrawal that was not signed now, and why; it is tried again."""

    withdrawal: WithdrawalId
    why: WaitsFor


@dataclass(frozen=True, slots=True)
class Ready:
    """A withdrawal that may be signed: all rules hold. `approvals` is the digest of what was agreed."""

    withdrawal: Withdrawal
    approvals: str
    number: int


Prepared: TypeAlias = "tuple[Withdrawal, Attempt] | Withdrawal | Waiting | None"
"""A withdrawal with a prepared attempt to be signed, a cancelled one, a waiting one, or nothing to do."""
Next: TypeAlias = "Ready | Prepared"
"""What is next for a withdrawal: a new attempt, or one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRules:
    """The rules by which a withdrawal may be signed, and the approvers' registry."""

    check: SignatureCheck
    policy: WithdrawalPolicy
    registry: Registry
    deployment: str

    async def next_step(self, books: Books, name: WithdrawalId) -> Next:
        """Judge a withdrawal from the books alone; what no longer counts is cancelled here."""
        withdrawal = await books.withdrawals.lock(name)
        if withdrawal is None or not withdrawal.state.cancellable:
            return None  # somebody was faster
        now_ms = await books.now_ms()
        attempts = await books.withdrawals.attempts(name)
        rule = self.policy.rule(withdrawal.tier)
        over = self._over(withdrawal, rule, attempts, now_ms)
        if over is not None:
            ended = await cancel(books, withdrawal, over)
            return ended.value if isinstance(ended, Ok) else None
        if withdrawal.state is WithdrawalState.AWAITING_APPROVAL:
            return None
        if now_ms < withdrawal.not_before_ms:
            return Waiting(name, TooEarly(withdrawal.not_before_ms))
        stop = paused(await books.solvency.last(), now_ms=now_ms, age_max_ms=self.policy.solvency_age_max_ms)
        if stop is not None:
            return Waiting(name, stop)
        decisions = [
            each for each in await books.withdrawals.decisions(name) if self._holds(withdrawal, each)
        ]
        agreed = quorum(decisions, self.registry, rule, requester=withdrawal.user, now_ms=now_ms)
        if isinstance(agreed, Err):
            return Waiting(name, agreed.why)
        live = [attempt for attempt in attempts if attempt.state.live]
        if live:
            return withdrawal, live[0]
        return Ready(withdrawal, approvals_digest(agreed.value), len(attempts) + 1)

    def _over(
        self, withdrawal: Withdrawal, rule: TierRule, attempts: Sequence[Attempt], now_ms: int
    ) -> CancelReason | None:
        """Why a withdrawal is given up, or None. An automatic one has no approvals that could expire."""
        match stale(withdrawal, policy_hash=policy_hash(self.policy, self.registry), now_ms=now_ms):
            case PolicyChanged():
                return CancelReason.POLICY_CHANGED
            case ApprovalExpired() if rule.approvers:
                return CancelReason.APPROVAL_EXPIRED
            case _:
                signed = sum(attempt.signature is not None for attempt in attempts)
                return CancelReason.NEVER_LANDED if signed >= self.policy.attempts_max else None

    def _holds(self, withdrawal: Withdrawal, decision: Decision) -> bool:
        """Whether a stored decision is what its approver signed about this withdrawal."""
        approver = self.registry.find(decision.approver)
        return approver is not None and self.check.holds(
            public_key=approver.public_key,
            message=approval_bytes(withdrawal, approver, decision.verdict, deployment=self.deployment),
            signature=decision.signature,
        )

    async def short(
        self, books: Books, withdrawal: Withdrawal, held: Lamports
    ) -> OperatingTooLow | WalletTooLow | None:
        """What is missing for one more transfer beside those under way: fees in the books, lamports on chain.

        The wallet keeps the rent minimum, or the transfer would fail.
        """
        live = await books.withdrawals.live_attempts()
        fees = total([each.fee_max for each in live]) + self.policy.fee_max
        # Withdrawals first, then accounts, as whoever ends a withdrawal locks them.
        under_way = total([(await paid_by(books, each)).amount for each in live])
        operating = Lamports(await books.journal.balance(OPERATING))
        if operating < fees:
            return OperatingTooLow(operating, fees)
        need = under_way + withdrawal.amount + fees + self.policy.rent_min
        return WalletTooLow(held, need) if held < need else None
