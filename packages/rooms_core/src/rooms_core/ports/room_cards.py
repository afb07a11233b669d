"""Rooms as they are shown: a type of its own, so that nobody can judge a bet by what may be a minute old."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.market import Market
from rooms_core.domain.pool import Pool
from rooms_core.domain.room import Hold, Resolution, Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.ports.queries import RoomFilter
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCard:
    """A room without its salt, which is never shown and must not lie in a cache; everything else as in `Room`."""

    id: RoomId
    title: str
    market: Market
    rules: HouseRules
    host: UserId | None
    created_at_ms: int
    lock_at_ms: int
    settle_at_ms: int
    pool: Pool
    status: RoomStatus
    opened_at_ms: int | None
    thin: ThinPool | None
    hold: Hold | None
    resolution: Resolution | None


def card_of(room: Room) -> RoomCard:
    """What of a room may be shown."""
    return RoomCard(**{each.name: getattr(room, each.name) for each in fields(RoomCard)})


class RoomCards(Protocol):
    """Rooms for people to look at, up to a minute old."""

    async def card(self, room: RoomId) -> Result[RoomCard | None, StoreFailed]:
        """One room, or None."""
        ...

    async def cards(self, wanted: RoomFilter) -> Result[tuple[RoomCard, ...], StoreFailed]:
        """A page of rooms, newest first."""
        ...
