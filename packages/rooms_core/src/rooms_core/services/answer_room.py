"""Answer a room by hand: two persons, with evidence, when its price source cannot (decision R9).

The oracle's own answer always stands; only a LOCKED room past its settle time that has none can be answered so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from rooms_core.domain.bet import OutcomeUnknown, RoomUnknown
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import FoundBy, Outcome
from rooms_core.domain.room import Resolution, Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.two_persons import Consent, ConsentRefused, EvidenceMissing, agreed
from rooms_core.ports.books import Books
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True)
class NotDueForAnswer:
    """Only a LOCKED room is answered by hand, and only from its settle time on (ms)."""

    status: RoomStatus
    settle_at_ms: int


AnswerRefused: TypeAlias = RoomUnknown | NotDueForAnswer | OutcomeUnknown | EvidenceMissing | ConsentRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRoom:
    """Move a LOCKED room to SETTLING on the answer two persons give. `consents` have been verified at the door.

    Settling it is the ordinary verb: nothing is paid here.
    """

    store: Store

    async def __call__(
        self,
        room_id: RoomId,
        *,
        winner: Outcome,
        price: int,
        evidence: Sequence[EvidenceRecord],
        consents: Sequence[Consent],
    ) -> Result[Room, AnswerRefused | StoreFailed]:
        """Write the answer down with its evidence, in one unit of work. `price` in the subject's units."""
        if not evidence:
            return Err(EvidenceMissing())

        async def work(books: Books) -> Result[Room, AnswerRefused]:
            room = (await books.rooms.lock([room_id])).get(room_id)
            if room is None:
                return Err(RoomUnknown(room_id))
            now_ms = await books.now_ms()
            if room.status is not RoomStatus.LOCKED or now_ms < room.settle_at_ms:
                return Err(NotDueForAnswer(room.status, room.settle_at_ms))
            if winner not in room.pool.outcomes:
                return Err(OutcomeUnknown(winner, room.pool.outcomes))
            consent = agreed(consents, bettors=await books.bets.bettors(room_id))
            if isinstance(consent, Err):
                return consent
            resolution = Resolution(
                winning=(winner,),
                price=price,
                at_ms=now_ms,
                found_by=FoundBy.TWO_PERSONS,
                evidence=tuple(record.hash for record in evidence),
            )
            settling = replace(room.moved(RoomStatus.SETTLING), resolution=resolution)
            await books.evidence.add(evidence)
            await books.rooms.save(settling, was=room.status)
            return Ok(settling)

        return await self.store.run(work)
