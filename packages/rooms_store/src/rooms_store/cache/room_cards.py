"""Rooms as they are shown, from the read side by way of a cache. What decides reads the books and never this."""

from __future__ import annotations

from dataclasses import dataclass, fields
from hashlib import sha256

import attrs

from rooms_core.domain.ids import RoomId
from rooms_core.ports.cache import Cache
from rooms_core.ports.queries import Queries, RoomFilter
from rooms_core.ports.room_cards import RoomCard, card_of
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_store.cache.shelves import PAGES, ROOMS


@dataclass(frozen=True, slots=True)
class _Unknown:
    """No such room: answered to all who wait, and not kept, since it may be made the next moment."""


@attrs.frozen
class CachedRoomCards:
    """Implements `ports.room_cards.RoomCards`."""

    queries: Queries
    cache: Cache

    async def card(self, room: RoomId) -> Result[RoomCard | None, StoreFailed]:
        """One room, at most 60 s old, or None."""

        async def load() -> Result[RoomCard, StoreFailed | _Unknown]:
            found = await self.queries.room(room)
            if isinstance(found, Err):
                return found
            return Err(_Unknown()) if found.value is None else Ok(card_of(found.value))

        shown = await self.cache.get_or_load(ROOMS, str(room), load)
        if isinstance(shown, Ok):
            return shown
        return Ok(None) if isinstance(shown.why, _Unknown) else Err(shown.why)

    async def cards(self, wanted: RoomFilter) -> Result[tuple[RoomCard, ...], StoreFailed]:
        """A page of rooms, at most 60 s old."""

        async def load() -> Result[tuple[RoomCard, ...], StoreFailed]:
            found = await self.queries.rooms(wanted)
            return found if isinstance(found, Err) else Ok(tuple(map(card_of, found.value)))

        return await self.cache.get_or_load(PAGES, page_name(wanted), load)


def page_name(wanted: RoomFilter) -> str:
    """A short name for what was asked for: the same filter has the same name in every process."""
    asked = {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    parts = [(name, sorted(it) if isinstance(it, frozenset) else it) for name, it in asked.items()]
    return sha256(repr(parts).encode()).hexdigest()
