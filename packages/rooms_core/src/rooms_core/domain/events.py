"""What happened, told to those it concerns: written to the outbox in the unit of work that did it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rooms_core.domain.ids import UserId


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
    """An event waiting in the outbox. `id` tells a repeated delivery; `tries` counts the deliveries that failed."""

    id: int
    event: Event
    tries: int = 0
