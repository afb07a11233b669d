"""Which rooms to list, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.market import Direction, Mode
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.pages import PAGE, Mark


class RoomOrder(StrEnum):
    """How rooms are listed. Rooms that are equal in it come by id: the newest first, but for ENDING_SOONEST the oldest.

    Only NEWEST lists rooms that have ended: the others no longer end, and their pot is empty (I12).
    """

    NEWEST = "newest"
    ENDING_SOONEST = "ending_soonest"
    BIGGEST_POT = "biggest_pot"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFilter:
    """Which rooms to list; what is empty or None is not asked about.

    `pool_priced`: tokens whose price one pool makes (True) or coins (False). `settles_before_ms`: the settle time lies
    before this. `pot_min`: at least so much stands in the pot, so that ended rooms are left out (I12).

    The next page: `after` the mark of the last room (`mark`); for NEWEST its id alone will do as `before`.
    """

    statuses: frozenset[RoomStatus] = frozenset()
    instrument: str | None = None
    host: UserId | None = None
    held: bool | None = None
    direction: Direction | None = None
    mode: Mode | None = None
    pool_priced: bool | None = None
    settles_before_ms: int | None = None
    pot_min: Lamports | None = None
    order: RoomOrder = RoomOrder.NEWEST
    before: RoomId | None = None
    after: Mark | None = None
    limit: int = PAGE

    def __post_init__(self) -> None:
        ensure(
            self.before is None or (self.order is RoomOrder.NEWEST and self.after is None),
            "E3",
            "`before` is for the newest rooms, and in place of `after`",
        )

    @property
    def by_pot(self) -> bool:
        """Whether the pot decides what is listed."""
        return self.order is RoomOrder.BIGGEST_POT or self.pot_min is not None

    @property
    def unended(self) -> bool:
        """Whether no ended room can be listed."""
        asked_for = bool(self.statuses) and not any(status.final for status in self.statuses)
        return asked_for or self.by_pot or self.order is not RoomOrder.NEWEST

    def mark(self, room: Room) -> Mark:
        """Where a page ends whose last room this is."""
        match self.order:
            case RoomOrder.NEWEST:
                return Mark(room.id, room.id)
            case RoomOrder.ENDING_SOONEST:
                return Mark(room.settle_at_ms, room.id)
            case RoomOrder.BIGGEST_POT:
                return Mark(room.pool.gross.value, room.id)
