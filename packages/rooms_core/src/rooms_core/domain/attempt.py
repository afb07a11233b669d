"""One attempt to pay a withdrawal on chain: signed bytes, and the proof of what became of them.

A transfer is known by its signature and lands at most once, so sending the same bytes again is harmless. Money is
paid twice only by signing a second transfer while the first can still land: hence the proof of expiry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from rooms_core.domain.address import Address
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.invariants import ensure
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
        return bool(_MOVES[self])


_ENDS: Final = frozenset({AttemptState.DONE, AttemptState.FAILED_ON_CHAIN, AttemptState.EXPIRED})
_MOVES: Final[dict[AttemptState, frozenset[AttemptState]]] = {
    AttemptState.PREPARED: frozenset({AttemptState.SIGNED, AttemptState.EXPIRED}),
    AttemptState.SIGNED: _ENDS | {AttemptState.SENT, AttemptState.CONFIRMED},
    AttemptState.SENT: _ENDS | {AttemptState.CONFIRMED},
    AttemptState.CONFIRMED: _ENDS,
    AttemptState.DONE: frozenset(),
    AttemptState.FAILED_ON_CHAIN: frozenset(),
    AttemptState.EXPIRED: frozenset(),
}


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

    def moved(self, target: AttemptState) -> Attempt:
        """One step further. Raises InvariantBroken for a step the table does not have (I13)."""
        name = f"attempt {self.number} of withdrawal {self.withdrawal}"
        ensure(target in _MOVES[self.state], "I13", f"{name}: {self.state} -> {target}")
        return replace(self, state=target)

    def signed(self, *, signature: str, wire: bytes) -> Attempt:
        """With the signed bytes, to be stored before they are sent (I14)."""
        return replace(self.moved(AttemptState.SIGNED), signature=signature, wire=wire)


@dataclass(frozen=True, slots=True)
class Finality:
    """The newest finalized slot that was asked for, and a block height that was finalized at that slot or before."""

    slot: int
    height: int


class Level(StrEnum):
    """How settled a transfer is on chain; only FINALIZED is for ever."""

    PROCESSED = "processed"
    CONFIRMED = "confirmed"
    FINALIZED = "finalized"


@dataclass(frozen=True, slots=True)
class Status:
    """Where a transfer landed. `error`: it failed there, which can never succeed later."""

    slot: int
    level: Level
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """What a node that had seen the chain up to `slot` knows of a signature, in its full history; None: nothing."""

    slot: int
    status: Status | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """A finalized transfer: what its destination received and what the chain took for it."""

    slot: int
    error: str | None
    fee: Lamports
    destination: Address
    received: Lamports


class Step(StrEnum):
    """What to do about signed bytes. WAIT: nothing is known. SEND: the same bytes again. READ: finalized, read it.

    PROVE: it cannot land any more unless it has landed already; ask the history, and every provider, before signing
    again.
    """

    WAIT = "wait"
    SEND = "send"
    CONFIRMED = "confirmed"
    READ = "read"
    PROVE = "prove"


def judge(attempt: Attempt, finality: Finality, answer: StatusAnswer) -> Step:
    """What to do, given the finality that was asked *before* the status.

    Reading the height first closes the race "status read, then it lands, then the height passes"; a status from a node
    that lags behind that finality counts for nothing.
    """
    if answer.slot < finality.slot:
        return Step.WAIT
    if answer.status is None:
        return Step.SEND if finality.height <= attempt.last_valid_height else Step.PROVE
    match answer.status.level:
        case Level.FINALIZED:
            return Step.READ
        case Level.CONFIRMED:
            return Step.CONFIRMED if answer.status.error is None else Step.WAIT
        case Level.PROCESSED:
            return Step.WAIT


def never_signed(attempt: Attempt, finality: Finality) -> bool:
    """Whether an attempt without stored bytes is dead: none were sent, and none can land any more."""
    return attempt.state is AttemptState.PREPARED and finality.height > attempt.last_valid_height


def ending(landed: Landed, *, destination: Address, amount: Lamports) -> AttemptState:
    """How a finalized transfer ended. Raises InvariantBroken if it paid somebody else or another amount (I13)."""
    if landed.error is not None:
        return AttemptState.FAILED_ON_CHAIN
    exact = landed.destination == destination and landed.received == amount
    ensure(exact, "I13", f"{landed.received} to {landed.destination} instead of {amount} to {destination}")
    return AttemptState.DONE
