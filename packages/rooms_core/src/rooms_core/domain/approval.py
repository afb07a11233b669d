"""Who has to agree to a withdrawal: m approvers from z zones, on the intent, before anything is signed (C3).

An approver's zone is the registry's, never his own word. One REJECT vetoes. `proofs/approval.py` spells the bytes he
signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.withdrawal import Withdrawal, WithdrawalState, WithdrawalUnknown
from rooms_core.domain.withdrawal_policy import TierRule
from rooms_core.result import Err, Ok, Result


class Verdict(StrEnum):
    """What an approver says. One REJECT vetoes."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An approver's signed decision, once for each (withdrawal, approver). `signature` is lower-case hex."""

    withdrawal: WithdrawalId
    approver: str
    zone: str
    verdict: Verdict
    signature: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """A person who may approve: his zone (person, device and network of its own) and his Ed25519 key in hex.

    `user`: his account as a player, if he has one. The key counts from `valid_from_ms` until `revoked_at_ms`.
    """

    id: str
    zone: str
    public_key: str
    user: UserId | None = None
    valid_from_ms: int = 0
    revoked_at_ms: int | None = None

    def valid(self, now_ms: int) -> bool:
        """Whether his key counts now."""
        return self.valid_from_ms <= now_ms and (self.revoked_at_ms is None or now_ms < self.revoked_at_ms)


@dataclass(frozen=True, slots=True)
class Registry:
    """The approvers, and who of them last edited the policy or this registry: he may not approve by it.

    Raises ValueError for two approvers of one name or one key: they could be one person.
    """

    approvers: tuple[Approver, ...] = ()
    last_editors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ids = {approver.id for approver in self.approvers}
        keys = {approver.public_key for approver in self.approvers}
        if not len(ids) == len(keys) == len(self.approvers):
            raise ValueError("each approver has a name and a key of his own")

    def find(self, approver: str) -> Approver | None:
        """The approver of this name, or None."""
        return next((each for each in self.approvers if each.id == approver), None)


@dataclass(frozen=True, slots=True)
class NotAwaiting:
    """The withdrawal does not wait for approval (any more)."""

    state: WithdrawalState


@dataclass(frozen=True, slots=True)
class ApproverUnknown:
    """The registry has no such approver."""

    approver: str


@dataclass(frozen=True, slots=True)
class KeyNotValid:
    """The approver's key is not valid yet, or has been revoked (ms)."""

    valid_from_ms: int
    revoked_at_ms: int | None


@dataclass(frozen=True, slots=True)
class ApproverAsked:
    """Nobody approves his own withdrawal."""

    approver: str


@dataclass(frozen=True, slots=True)
class ApproverEdited:
    """Whoever last edited the policy or the registry does not approve by it."""

    approver: str


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """The withdrawal was judged by a policy that is no longer the active one: it has to be asked for again."""

    asked_under: str
    active: str


@dataclass(frozen=True, slots=True)
class ApprovalExpired:
    """The time for approvals is over since `expires_at_ms`."""

    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class PayloadDiffers:
    """The approver has signed something else than what the books say: amount, destination, zone or any other field."""


@dataclass(frozen=True, slots=True)
class SignatureWrong:
    """The signature is not the approver's, or not over these bytes."""

    approver: str


@dataclass(frozen=True, slots=True)
class DecidedBefore:
    """The approver has decided on this withdrawal; a decision is not changed."""

    approver: str


@dataclass(frozen=True, slots=True)
class Vetoed:
    """An approver has rejected the withdrawal."""

    approver: str


@dataclass(frozen=True, slots=True)
class TooFewApprovers:
    """Not enough approvers have agreed yet."""

    have: int
    need: int


@dataclass(frozen=True, slots=True)
class TooFewZones:
    """The approvers who agreed come from too few zones."""

    have: int
    need: int


Unfit: TypeAlias = ApproverUnknown | KeyNotValid | ApproverAsked | ApproverEdited
DecisionRefused: TypeAlias = (
    WithdrawalUnknown
    | NotAwaiting
    | Unfit
    | PolicyChanged
    | ApprovalExpired
    | PayloadDiffers
    | SignatureWrong
    | DecidedBefore
)
NoQuorum: TypeAlias = Vetoed | TooFewApprovers | TooFewZones


def fit(registry: Registry, name: str, *, requester: UserId, now_ms: int) -> Result[Approver, Unfit]:
    """Whether somebody may decide on a withdrawal of `requester` now."""
    approver = registry.find(name)
    if approver is None:
        return Err(ApproverUnknown(name))
    if not approver.valid(now_ms):
        return Err(KeyNotValid(approver.valid_from_ms, approver.revoked_at_ms))
    if approver.user == requester:
        return Err(ApproverAsked(name))
    if name in registry.last_editors:
        return Err(ApproverEdited(name))
    return Ok(approver)


def open_to(
    withdrawal: Withdrawal, *, policy_hash: str, now_ms: int
) -> NotAwaiting | PolicyChanged | ApprovalExpired | None:
    """Why nobody can decide on a withdrawal any more, or None."""
    if withdrawal.state is not WithdrawalState.AWAITING_APPROVAL:
        return NotAwaiting(withdrawal.state)
    return stale(withdrawal, policy_hash=policy_hash, now_ms=now_ms)


def stale(withdrawal: Withdrawal, *, policy_hash: str, now_ms: int) -> PolicyChanged | ApprovalExpired | None:
    """Why what was agreed on no longer counts, or None."""
    if withdrawal.policy_hash != policy_hash:
        return PolicyChanged(withdrawal.policy_hash, policy_hash)
    if now_ms >= withdrawal.expires_at_ms:
        return ApprovalExpired(withdrawal.expires_at_ms)
    return None


def quorum(
    decisions: Sequence[Decision], registry: Registry, rule: TierRule, *, requester: UserId, now_ms: int
) -> Result[tuple[Decision, ...], NoQuorum]:
    """The approvals that count, if they are enough; signatures have been checked before.

    Counted by approver and by the registry's zone: two decisions of one person, or of persons no longer fit, do not
    add up. A REJECT of anybody in the registry vetoes, whether or not he is still fit.
    """
    counted: dict[str, Decision] = {}
    zones: set[str] = set()
    for decision in decisions:
        if decision.verdict is Verdict.REJECT:
            return Err(Vetoed(decision.approver))
        match fit(registry, decision.approver, requester=requester, now_ms=now_ms):
            case Ok(approver):
                counted[approver.id] = decision
                zones.add(approver.zone)
            case Err():
                continue
    if len(counted) < rule.approvers:
        return Err(TooFewApprovers(len(counted), rule.approvers))
    if len(zones) < rule.zones:
        return Err(TooFewZones(len(zones), rule.zones))
    return Ok(tuple(counted[name] for name in sorted(counted)))
