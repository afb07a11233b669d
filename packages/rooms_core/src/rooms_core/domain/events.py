"""What happened, told to those it concerns: written to the outbox in the unit of work that did it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from rooms_core.domain.ids import UserId

BUCKETS: Final = 64
"""So many parts the outbox has: several announcers share it, and each takes from one part at a time."""


class EventKind(StrEnum):
    """What happened."""

    ROOM_OPENED = "room_opened"
    ROOM_LOCKED = "room_locked"
    ROOM_SETTLED = "room_settled"
    ROOM_VOIDED = "room_voided"
    COMMISSION_EARNED = "commission_earned"
    DEPOSIT_CREDITED = "deposit_credited"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    WITHDRAWAL_APPROVED = "withdrawal_approved"
    WITHDRAWAL_CANCELLED = "withdrawal_cancelled"
    WITHDRAWAL_DONE = "withdrawal_done"
    WITHDRAWAL_FAILED = "withdrawal_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one user. `ref` is the id of the room, bet, deposit or withdrawal it is about.

    A user hears of each (`kind`, `ref`) once. `facts` are texts for the message; amounts are lamports as digits.
    """

    kind: EventKind
    user: UserId
    ref: int
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """An event waiting in the outbox. `id` tells a repeated delivery; `tries` how often its delivery has been begun."""

    id: int
    event: Event
    tries: int = 0

    @property
    def bucket(self) -> int:
        """The bucket it lies in."""
        return bucket_of(self.event.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A notice that was given up at `at_ms`, and why."""

    notice: Notice
    at_ms: int
    why: str


def bucket_of(user: UserId) -> int:
    """The bucket of the outbox a user's notices lie in: 0 … `BUCKETS` − 1, spread evenly."""
    return (user * 0x9E37_79B9_7F4A_7C15 & 0xFFFF_FFFF_FFFF_FFFF) >> 58
