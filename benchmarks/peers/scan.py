"""Watching targets without heaps: on every tick each open room is looked at."""

from __future__ import annotations

from collections.abc import Iterable

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom


def reached(rooms: Iterable[WatchedRoom], price: int) -> set[RoomId]:
    """The rooms whose targets lie at or past a price."""
    return {
        room.room
        for room in rooms
        if (price >= room.target if room.direction is Direction.UP else price <= room.target)
    }
