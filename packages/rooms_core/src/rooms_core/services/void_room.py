"""Void a room by hand: two persons, a listed cause, evidence, and never against an answer (decision R9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rooms_core.domain.bet import RoomUnknown
from rooms_core.domain.ids import RoomId
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import OPERATOR_CAUSES, VoidReason
from rooms_core.domain.two_persons import Consent, ConsentRefused, EvidenceMissing, agreed
from rooms_core.ports.books import Books, SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Result
from rooms_core.services.closing import AlreadyEnded, void


@dataclass(frozen=True, slots=True)
class CauseNotListed:
    """Operators void only for one of the listed causes."""

    cause: VoidReason
    listed: tuple[VoidReason, ...] = OPERATOR_CAUSES


@dataclass(frozen=True, slots=True)
class AnswerStands:
    """A touch or a settle price was accepted: the room is settled on it, and nobody can void it."""

    room: RoomId


VoidRefused: TypeAlias = (
    RoomUnknown | CauseNotListed | EvidenceMissing | AnswerStands | AlreadyEnded | ConsentRefused
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidRoom:
    """Give all stakes of a room back in full. A hold does not stop it: the same two persons could lift it.

    `consents` have been verified at the door; a room in which nobody has staked needs none.
    """

    store: Store

    async def __call__(
        self,
        room_id: RoomId,
        *,
        cause: VoidReason,
        evidence: Sequence[EvidenceRecord],
        consents: Sequence[Consent],
    ) -> Result[SettlementRow, VoidRefused | StoreFailed]:
        """Void the room and keep the evidence, in one unit of work."""
        if cause not in OPERATOR_CAUSES:
            return Err(CauseNotListed(cause))
        if not evidence:
            return Err(EvidenceMissing())

        async def work(books: Books) -> Result[SettlementRow, VoidRefused]:
            room = (await books.rooms.lock([room_id])).get(room_id)
            if room is None:
                return Err(RoomUnknown(room_id))
            if room.status.final:
                return Err(AlreadyEnded(room_id))
            if room.resolution is not None or room.status is RoomStatus.SETTLING:
                return Err(AnswerStands(room_id))
            bettors = await books.bets.bettors(room_id)
            if bettors:
                consent = agreed(consents, bettors=bettors)
                if isinstance(consent, Err):
                    return consent
            await books.evidence.add(evidence)
            return await void(books, room, cause, evidence=[record.hash for record in evidence])

        return await self.store.run(work)
