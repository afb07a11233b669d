"""The rooms a monitor looks after: a tick costs as much as it concerns, not as there are rooms.

What has passed its settle time waits on top of a heap; everything else is asked for by the touches of a tick.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Mode
from rooms_core.domain.room import Room


class LiveRooms:
    """Rooms as they were read from the database last, in its order."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, tuple[int, Room]] = {}
        self._waiting: list[tuple[int, RoomId]] = []
        self._due: set[RoomId] = set()
        self._read_by_bets: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._rooms)

    def read(self, rooms: Sequence[Room]) -> None:
        """These and no others."""
        self._rooms = {room.id: (place, room) for place, room in enumerate(rooms)}
        self._waiting = [(room.settle_at_ms, room.id) for room in rooms]
        heapq.heapify(self._waiting)
        self._due = set()
        self._read_by_bets = Counter([room.market.instrument for room in rooms if _bets_read_market(room)])

    def drop(self, room_id: RoomId) -> None:
        """A room is looked after no more; one that is not there is no error."""
        _, room = self._rooms.pop(room_id, (0, None))
        self._due.discard(room_id)
        if room is not None and _bets_read_market(room):
            self._read_by_bets[room.market.instrument] -= 1

    def concerned(self, touched: Iterable[RoomId], now_ms: int) -> list[Room]:
        """The rooms that were touched, and all whose settle time has come, in the order they were read."""
        while self._waiting and self._waiting[0][0] <= now_ms:
            self._due.add(heapq.heappop(self._waiting)[1])
        found = [self._rooms[room_id] for room_id in self._due.union(touched) if room_id in self._rooms]
        return [room for _, room in sorted(found, key=lambda each: each[0])]

    def read_by_bets(self, instrument: str) -> bool:
        """Whether a bet in any of these rooms, now, would be judged by this market's row."""
        return self._read_by_bets[instrument] > 0


def _bets_read_market(room: Room) -> bool:
    """Whether a bet in this room, now, would be judged by its market's row (decisions R4 and R6)."""
    return room.status.takes_bets and (room.market.mode is Mode.TOUCH or room.thin is not None)
