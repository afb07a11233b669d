"""Actions that take two persons: void a room with stakes, answer it by hand, lift a hold (decision R9).

Two approvers from two zones, none of whom holds a stake in the room.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from rooms_core.domain.ids import UserId
from rooms_core.result import Err, Ok, Result

PERSONS: Final = 2


@dataclass(frozen=True, slots=True)
class Consent:
    """A verified yes: who said it, from which zone (a failure domain of its own), and his own user id if he bets."""

    approver: str
    zone: str
    user: UserId | None = None


@dataclass(frozen=True, slots=True)
class TooFewPersons:
    """`have` different approvers agree; `need` must."""

    have: int
    need: int = PERSONS


@dataclass(frozen=True, slots=True)
class TooFewZones:
    """The approvers act from `have` zones; `need` are wanted, so that one broken office cannot act alone."""

    have: int
    need: int = PERSONS


@dataclass(frozen=True, slots=True)
class ApproverHasStake:
    """An approver has bet in the room he would decide about."""

    approver: str


@dataclass(frozen=True, slots=True)
class EvidenceMissing:
    """What two persons decide about a room names the evidence it rests on."""


ConsentRefused: TypeAlias = TooFewPersons | TooFewZones | ApproverHasStake


def agreed(consents: Sequence[Consent], *, bettors: Collection[UserId]) -> Result[None, ConsentRefused]:
    """Whether enough independent persons agree about a room in which `bettors` have stakes."""
    for consent in consents:
        if consent.user is not None and consent.user in bettors:
            return Err(ApproverHasStake(consent.approver))
    persons = {consent.approver for consent in consents}
    if len(persons) < PERSONS:
        return Err(TooFewPersons(len(persons)))
    zones = {consent.zone for consent in consents}
    if len(zones) < PERSONS:
        return Err(TooFewZones(len(zones)))
    return Ok(None)
