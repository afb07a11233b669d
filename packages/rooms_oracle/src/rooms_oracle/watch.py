"""The targets of one instrument: two heaps, so that a tick costs as much as it has hits, not as there are rooms.

Up-targets wait with the lowest on top, down-targets with the highest. What a tick reaches moves from its heap
into a row of hits, and back when an accepted tick is no hit. Closed rooms are dropped when they surface.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_oracle.hits import Thresholds, reaches
from rooms_oracle.touch import POOL_TOUCH, VENUES_TOUCH, Hit, Streak, add_hit, is_touch


class Touched(NamedTuple):
    """A room whose target was touched, and the row of hits that did it."""

    room: WatchedRoom
    streak: Streak


_FEW: Final = 64
"""So many entries of rooms that are gone are not worth a sweep."""

ClearBefore = Callable[[Direction, int], int]
"""Answers L for a target: the last accepted tick that was no hit for it."""

Allowed = Callable[[WatchedRoom], bool]
"""Answers whether a room may be touched now."""


class TargetWatch:
    """All watched rooms of one instrument."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, WatchedRoom] = {}
        self._up: list[tuple[int, RoomId]] = []
        self._down: list[tuple[int, RoomId]] = []
        self._rows: dict[RoomId, Streak] = {}
        self._done: set[RoomId] = set()
        self._gone = 0

    def __len__(self) -> int:
        return len(self._rooms)

    def rooms(self) -> Iterable[WatchedRoom]:
        """Every room that is watched."""
        return self._rooms.values()

    def add(self, room: WatchedRoom) -> None:
        """Watch a room; the same again changes nothing."""
        if room.room not in self._rooms:
            self._rooms[room.room] = room
            self._push(room)

    def discard(self, room: RoomId) -> None:
        """Stop watching; its heap entry is dropped when it comes up, or when half of the entries are of such rooms."""
        if self._rooms.pop(room, None) is None:
            return
        self._rows.pop(room, None)
        self._done.discard(room)
        self._gone += 1
        if self._gone > max(_FEW, len(self._rooms)):
            self._sweep()

    def streak(self, room: RoomId) -> Streak | None:
        """The row of hits a room has now, if any."""
        return self._rows.get(room)

    def settle(self, room: RoomId) -> None:
        """The room's touch is found: look at it no more, but keep it until it is discarded."""
        self._rows.pop(room, None)
        self._done.add(room)

    def tick(
        self, hit: Hit, at: Thresholds, clear_before: ClearBefore, allowed: Allowed = lambda _: True
    ) -> list[Touched]:
        """Take in an accepted tick; the rooms it completes a touch for (each is then `settle`d).

        A row that is long enough but not `allowed` yet goes on.
        """
        for room_id in [room_id for room_id in self._rows if not self._hit(room_id, at)]:
            del self._rows[room_id]
            self._push(self._rooms[room_id])
        for room in self._reached(at):
            self._rows[room.room] = Streak(clear_before(room.direction, room.target))
        touched = [done for done in self._lengthen(hit) if allowed(done.room)] if self._rows else []
        for done in touched:
            self.settle(done.room.room)
        return touched

    def reached(self, at: Thresholds) -> list[WatchedRoom]:
        """The rooms, touched ones aside, whose targets lie at or past these edges; nothing is changed."""
        waiting = self._reached(at)
        for room in waiting:
            self._push(room)
        return waiting + [self._rooms[room] for room in self._rows if self._hit(room, at)]

    def _lengthen(self, hit: Hit) -> Iterable[Touched]:
        for room_id, streak in list(self._rows.items()):
            room = self._rooms[room_id]
            if _counts(room, streak, hit):
                longer = self._rows[room_id] = add_hit(streak, hit)
                first_ms = longer.hits[0].tick_ms
                rule = POOL_TOUCH if room.pool_priced else VENUES_TOUCH
                if first_ms < room.settle_at_ms and is_touch(longer, rule):
                    yield Touched(room, longer)

    def _hit(self, room_id: RoomId, at: Thresholds) -> bool:
        room = self._rooms[room_id]
        return reaches(at, room.direction, room.target)

    def _push(self, room: WatchedRoom) -> None:
        if room.direction is Direction.UP:
            heapq.heappush(self._up, (room.target, room.room))
        else:
            heapq.heappush(self._down, (-room.target, room.room))

    def _sweep(self) -> None:
        """Most rooms end untouched, and their targets never come up."""
        self._gone = 0
        for heap in (self._up, self._down):
            heap[:] = [entry for entry in heap if entry[1] in self._rooms]
            heapq.heapify(heap)

    def _reached(self, at: Thresholds) -> list[WatchedRoom]:
        """Take from the heaps all that waits there at or past the edges."""
        found = []
        if at.up is not None:
            while self._up and self._up[0][0] <= at.up:
                found.append(heapq.heappop(self._up)[1])
        if at.down is not None:
            while self._down and -self._down[0][0] >= at.down:
                found.append(heapq.heappop(self._down)[1])
        fresh = dict.fromkeys(found)
        return [
            self._rooms[room]
            for room in fresh
            if room in self._rooms and room not in self._done and room not in self._rows
        ]


def _counts(room: WatchedRoom, streak: Streak, hit: Hit) -> bool:
    """Hits count since the room was OPEN; after the settle time only to complete a row begun before it."""
    return hit.tick_ms >= room.since_ms and (hit.tick_ms < room.settle_at_ms or bool(streak.hits))
