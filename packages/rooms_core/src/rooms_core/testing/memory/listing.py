"""Listing rooms in memory: filtered, in the order asked for, behind the mark of the page before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rooms_core.domain.room import Room
from rooms_core.ports.pages import Mark
from rooms_core.ports.room_filter import RoomFilter, RoomOrder

_UPWARDS: Final = frozenset({RoomOrder.ENDING_SOONEST})


def listed(rooms: Iterable[Room], wanted: RoomFilter) -> list[Room]:
    """One page of what is wanted."""
    downwards = wanted.order not in _UPWARDS
    found = sorted(
        (room for room in rooms if _is_wanted(room, wanted)),
        key=lambda room: _key(wanted.mark(room)),
        reverse=downwards,
    )
    last = wanted.after
    if last is not None:
        found = [room for room in found if _behind(wanted.mark(room), last, downwards=downwards)]
    return found[: wanted.limit]


def _key(mark: Mark) -> tuple[int, int]:
    return mark.value, mark.id


def _behind(mark: Mark, last: Mark, *, downwards: bool) -> bool:
    return _key(mark) < _key(last) if downwards else _key(mark) > _key(last)


def _is_wanted(room: Room, wanted: RoomFilter) -> bool:
    market = room.market
    return (
        (not wanted.statuses or room.status in wanted.statuses)
        and wanted.instrument in (None, market.instrument)
        and wanted.host in (None, room.host)
        and wanted.held in (None, room.hold is not None)
        and wanted.direction in (None, market.direction)
        and wanted.mode in (None, market.mode)
        and wanted.pool_priced in (None, market.subject.pool_priced)
        and (wanted.settles_before_ms is None or room.settle_at_ms < wanted.settles_before_ms)
        and (wanted.before is None or room.id < wanted.before)
        and not (wanted.unended and room.status.final)
        and (wanted.pot_min is None or room.pool.gross >= wanted.pot_min)
    )
