"""One attempt to pay a withdrawal on chain: signed bytes, and the proof of what became of them.

A transfer is known by its signature and lands at most once, so sending the same bytes again is harmless. Money is
paid twice only by signing a second transfer while the first can still land: hence the proof of expiry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.money import Lamports


class AttemptState(StrEnum):
    """How far an attempt is. PREPARED: the signing request is stored, no signed bytes are; nothing was sent."""

    PREPARED = "prepared"
    SIGNED = "signed"
    SENT = "sent"
    CONFIRMED = "confirmed"
    DONE = "done"
    FAILED_ON_CHAIN = "failed_on_chain"
    EXPIRED = "expired"

    @property
    def live(self) -> bool:
        """Whether this attempt may still pay; at most one of a withdrawal may be live."""
        return self in _LIVE


_LIVE = frozenset({AttemptState.PREPARED, AttemptState.SIGNED, AttemptState.SENT, AttemptState.CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt, number 1, 2, … of its withdrawal.

    `request` is the exact text given to the signer, `approvals` the digest of the approvals it rests on. The signed
    bytes can land until the block height passes `last_valid_height`. `observed_slot`: that of the blockhash answer.
    """

    withdrawal: WithdrawalId
    number: int
    request: str
    approvals: str
    blockhash: str
    last_valid_height: int
    observed_slot: int
    fee_max: Lamports
    made_at_ms: int
    state: AttemptState = AttemptState.PREPARED
    signature: str | None = None
    wire: bytes | None = None
    sent_at_ms: int | None = None
