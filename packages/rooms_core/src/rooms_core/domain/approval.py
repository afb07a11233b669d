"""Who has to agree to a withdrawal: m approvers from z zones, on the intent, before anything is signed (C3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rooms_core.domain.ids import WithdrawalId


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
