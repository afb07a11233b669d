"""Hold a room's money, and let it go again: one person may stop, two must agree to go on (decisions R9, M9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from rooms_core.domain.bet import RoomHeld, RoomUnknown
from rooms_core.domain.ids import RoomId
from rooms_core.domain.room import Hold, Room
from rooms_core.domain.two_persons import Consent, ConsentRefused, agreed
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.closing import AlreadyEnded


@dataclass(frozen=True, slots=True)
class NotHeld:
    """The room is not held."""

    room: RoomId


HoldRefused: TypeAlias = RoomUnknown | AlreadyEnded | RoomHeld
LiftRefused: TypeAlias = RoomUnknown | NotHeld | ConsentRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRoom:
    """Stop a room's money where it is. Its answer is still found; after 72 hours the hold ends by itself."""

    store: Store

    async def __call__(self, room_id: RoomId, *, reason: str) -> Result[Room, HoldRefused | StoreFailed]:
        """Hold a room for a reason; a room that is held already keeps its first hold."""

        async def work(books: Books) -> Result[Room, HoldRefused]:
            room = (await books.rooms.lock([room_id])).get(room_id)
            if room is None:
                return Err(RoomUnknown(room_id))
            if room.status.final:
                return Err(AlreadyEnded(room_id))
            if room.hold is not None:
                return Err(RoomHeld(room.hold.reason))
            held = replace(room, hold=Hold(reason, await books.now_ms()))
            await books.rooms.save(held, was=room.status)
            return Ok(held)

        return await self.store.run(work)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftHold:
    """Let a held room's money go on. `consents` have been verified at the door."""

    store: Store

    async def __call__(
        self, room_id: RoomId, *, consents: Sequence[Consent]
    ) -> Result[Room, LiftRefused | StoreFailed]:
        """Lift the hold, if two persons from two zones without a stake in the room agree."""

        async def work(books: Books) -> Result[Room, LiftRefused]:
            room = (await books.rooms.lock([room_id])).get(room_id)
            if room is None:
                return Err(RoomUnknown(room_id))
            if room.hold is None:
                return Err(NotHeld(room_id))
            consent = agreed(consents, bettors=await books.bets.bettors(room_id))
            if isinstance(consent, Err):
                return consent
            lifted = replace(room, hold=None)
            await books.rooms.save(lifted, was=room.status)
            return Ok(lifted)

        return await self.store.run(work)
