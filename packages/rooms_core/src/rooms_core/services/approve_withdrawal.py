"""Approve a withdrawal, or reject it: an approver's signed decision, checked against the books and counted."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.approval import (
    Approver,
    DecidedBefore,
    Decision,
    DecisionRefused,
    PayloadDiffers,
    Registry,
    SignatureWrong,
    Verdict,
    fit,
    open_to,
    quorum,
)
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.withdrawal import (
    CancelReason,
    TooLateToCancel,
    Withdrawal,
    WithdrawalState,
    WithdrawalUnknown,
)
from rooms_core.domain.withdrawal_policy import WithdrawalPolicy
from rooms_core.ports.books import Books
from rooms_core.ports.signer import SignatureCheck
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.proofs.approval import approval_bytes, policy_hash
from rooms_core.result import Err, Ok, Result
from rooms_core.services.releasing import cancel


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDecision:
    """What an approver hands in: `payload` are the bytes he signed, prefix included; `signature` is lower-case hex."""

    withdrawal: WithdrawalId
    approver: str
    verdict: Verdict
    payload: bytes
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveWithdrawal:
    """Count decisions until a withdrawal is APPROVED, or CANCELLED by the first veto (C3).

    `deployment` names the chain and the custody, so that a decision counts nowhere else.
    """

    store: Store
    check: SignatureCheck
    policy: WithdrawalPolicy
    registry: Registry
    deployment: str

    async def __call__(
        self, signed: SignedDecision
    ) -> Result[Withdrawal, DecisionRefused | TooLateToCancel | StoreFailed]:
        """The withdrawal as it stands after the decision. The same decision again changes nothing."""

        async def work(books: Books) -> Result[Withdrawal, DecisionRefused | TooLateToCancel]:
            withdrawal = await books.withdrawals.lock(signed.withdrawal)
            if withdrawal is None:
                return Err(WithdrawalUnknown(signed.withdrawal))
            decisions = await books.withdrawals.decisions(withdrawal.id)
            if any(_same(signed, decision) for decision in decisions):
                return Ok(withdrawal)
            now_ms = await books.now_ms()
            judged = self._judge(signed, withdrawal, now_ms)
            if isinstance(judged, Err):
                return judged
            if not await books.withdrawals.add_decision(judged.value):
                return Err(DecidedBefore(signed.approver))
            if signed.verdict is Verdict.REJECT:
                return await cancel(books, withdrawal, CancelReason.VETOED)
            enough = quorum(
                [*decisions, judged.value],
                self.registry,
                self.policy.rule(withdrawal.tier),
                requester=withdrawal.user,
                now_ms=now_ms,
            )
            return Ok(await _approve(books, withdrawal) if isinstance(enough, Ok) else withdrawal)

        return await self.store.run(work)

    def _judge(
        self, signed: SignedDecision, withdrawal: Withdrawal, now_ms: int
    ) -> Result[Decision, DecisionRefused]:
        active = policy_hash(self.policy, self.registry)
        closed = open_to(withdrawal, policy_hash=active, now_ms=now_ms)
        if closed is not None:
            return Err(closed)
        found = fit(self.registry, signed.approver, requester=withdrawal.user, now_ms=now_ms)
        if isinstance(found, Err):
            return found
        approver = found.value
        meant = self._bytes(withdrawal, approver, signed.verdict)
        if signed.payload != meant:
            return Err(PayloadDiffers())
        if not self.check.holds(public_key=approver.public_key, message=meant, signature=signed.signature):
            return Err(SignatureWrong(approver.id))
        return Ok(
            Decision(
                withdrawal=withdrawal.id,
                approver=approver.id,
                zone=approver.zone,
                verdict=signed.verdict,
                signature=signed.signature,
                at_ms=now_ms,
            )
        )

    async def to_sign(
        self, withdrawal_id: WithdrawalId, approver: str, verdict: Verdict
    ) -> Result[bytes, DecisionRefused | StoreFailed]:
        """The bytes an approver has to sign for his decision, derived from the books; for him to read, offline."""

        async def work(books: Books) -> Result[bytes, DecisionRefused]:
            withdrawal = await books.withdrawals.lock(withdrawal_id)
            if withdrawal is None:
                return Err(WithdrawalUnknown(withdrawal_id))
            now_ms = await books.now_ms()
            match fit(self.registry, approver, requester=withdrawal.user, now_ms=now_ms):
                case Err() as refused:
                    return refused
                case Ok(found):
                    return Ok(self._bytes(withdrawal, found, verdict))

        return await self.store.run(work)

    def _bytes(self, withdrawal: Withdrawal, approver: Approver, verdict: Verdict) -> bytes:
        return approval_bytes(withdrawal, approver, verdict, deployment=self.deployment)


def _same(signed: SignedDecision, decision: Decision) -> bool:
    return (signed.approver, signed.verdict, signed.signature) == (
        decision.approver,
        decision.verdict,
        decision.signature,
    )


async def _approve(books: Books, withdrawal: Withdrawal) -> Withdrawal:
    approved = withdrawal.moved(WithdrawalState.APPROVED)
    ensure(await books.withdrawals.save(approved, was=withdrawal.state), "I15", f"{withdrawal.id} is locked")
    facts = {"amount": str(withdrawal.amount.value), "not_before_ms": str(withdrawal.not_before_ms)}
    await books.outbox.add(
        [Event(kind=EventKind.WITHDRAWAL_APPROVED, user=withdrawal.user, ref=withdrawal.id, facts=facts)]
    )
    return approved
