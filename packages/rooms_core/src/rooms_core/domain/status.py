"""The life of a room as a table: QUEUING → OPEN → LOCKED → SETTLING → SETTLED, and VOIDED from all but SETTLED (I7)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class RoomStatus(StrEnum):
    """Where a room stands. Bets are taken in QUEUING and OPEN; money leaves the pot on the way to SETTLED or VOIDED."""

    QUEUING = "QUEUING"
    OPEN = "OPEN"
    LOCKED = "LOCKED"
    SETTLING = "SETTLING"
    SETTLED = "SETTLED"
    VOIDED = "VOIDED"

    @property
    def takes_bets(self) -> bool:
        """Joining is betting: a room takes bets from its creation until it is locked (decision R1)."""
        return self in (RoomStatus.QUEUING, RoomStatus.OPEN)

    @property
    def final(self) -> bool:
        """Whether the pot is empty for ever."""
        return self in (RoomStatus.SETTLED, RoomStatus.VOIDED)


MOVES: Final = {
    RoomStatus.QUEUING: frozenset({RoomStatus.OPEN, RoomStatus.VOIDED}),
    RoomStatus.OPEN: frozenset({RoomStatus.LOCKED, RoomStatus.VOIDED}),
    RoomStatus.LOCKED: frozenset({RoomStatus.SETTLING, RoomStatus.VOIDED}),
    RoomStatus.SETTLING: frozenset({RoomStatus.SETTLED, RoomStatus.VOIDED}),
    RoomStatus.SETTLED: frozenset[RoomStatus](),
    RoomStatus.VOIDED: frozenset[RoomStatus](),
}
"""Every move there is. There is no way back, and none out of SETTLED or VOIDED."""


def may_move(source: RoomStatus, target: RoomStatus) -> bool:
    """Whether the table has this move."""
    return target in MOVES[source]
