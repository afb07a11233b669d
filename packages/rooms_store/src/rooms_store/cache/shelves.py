"""What is kept for display: prices for 10 s, rooms for 60 s, as canonical JSON that is read strictly."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import Reading
from rooms_core.ports.cache import PRICE_LIFE_MS, ROOM_LIFE_MS, Shelf
from rooms_core.ports.room_cards import RoomCard
from rooms_store.records import parse_record, write_record

T = TypeVar("T")

_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError, InvariantBroken)
"""What reading text that we did not write can raise."""


def a_shelf(kind: str, declared: Any, *, life_ms: int) -> Shelf[T]:
    """A shelf of records of a declared type. Read is only what writing the same value again gives, byte for byte."""

    def write(value: T) -> bytes:
        return write_record(declared, value).encode()

    def read(data: bytes) -> T | None:
        try:
            value: T = parse_record(declared, data.decode())
            return value if write(value) == data else None
        except _UNREADABLE:
            return None

    return Shelf(kind=kind, life_ms=life_ms, write=write, read=read)


PRICES: Final[Shelf[Reading]] = a_shelf("price", Reading, life_ms=PRICE_LIFE_MS)
"""The last accepted tick by instrument."""

ROOMS: Final[Shelf[RoomCard]] = a_shelf("room", RoomCard, life_ms=ROOM_LIFE_MS)
"""Rooms by id."""

PAGES: Final[Shelf[tuple[RoomCard, ...]]] = a_shelf("page", tuple[RoomCard, ...], life_ms=ROOM_LIFE_MS)
"""Lists of rooms by what was asked for."""
