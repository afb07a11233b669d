"""A tick looks at the rooms it concerns: those that were touched, and those whose time has come."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Mode
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.services.live_rooms import LiveRooms
from rooms_core.testing.builders import MINUTE_MS, a_market, a_room
from rooms_core.testing.clock import NOON_MS


def a_live_room(
    number: int, minutes: int, *, status: RoomStatus = RoomStatus.LOCKED, mode: Mode = Mode.TOUCH
) -> Room:
    """A room that settles so many minutes after noon."""
    return a_room(
        number, market=a_market(mode=mode), status=status, settle_at_ms=NOON_MS + minutes * MINUTE_MS
    )


def numbers(rooms: Sequence[Room]) -> list[int]:
    """Their ids."""
    return [int(room.id) for room in rooms]


def test_a_room_is_concerned_from_its_settle_time_on() -> None:
    """On every tick until it is dropped, in the order in which rooms were read."""
    live = LiveRooms()
    live.read([a_live_room(3, 2), a_live_room(1, 1), a_live_room(2, 5)])

    assert [] == numbers(live.concerned([], NOON_MS + MINUTE_MS - 1))
    assert [1] == numbers(live.concerned([], NOON_MS + MINUTE_MS))
    assert [3, 1] == numbers(live.concerned([], NOON_MS + 2 * MINUTE_MS))
    assert [3, 1] == numbers(live.concerned([], NOON_MS + 2 * MINUTE_MS))
    live.drop(RoomId(1))
    assert [3] == numbers(live.concerned([], NOON_MS + 2 * MINUTE_MS))
    assert 2 == len(live)


def test_a_touched_room_is_concerned_at_once() -> None:
    """A touch of a room that is not there concerns nobody, and a room that is due too is looked at once."""
    live = LiveRooms()
    live.read([a_live_room(1, 1), a_live_room(2, 5)])

    assert [1, 2] == numbers(live.concerned([RoomId(2), RoomId(1), RoomId(9)], NOON_MS + MINUTE_MS))


def test_reading_again_forgets_what_was() -> None:
    """What was due and is not alive is due no more; dropping it again is no error."""
    live = LiveRooms()
    live.read([a_live_room(1, 1)])
    live.concerned([], NOON_MS + MINUTE_MS)
    live.read([a_live_room(2, 1)])
    live.drop(RoomId(1))

    assert [2] == numbers(live.concerned([RoomId(1)], NOON_MS + MINUTE_MS))


def test_bets_read_the_row_of_touch_rooms_that_take_them() -> None:
    """Until the last of them is dropped; a locked room and one that compares at the close need no row."""
    live = LiveRooms()
    taking = [a_live_room(number, 5, status=RoomStatus.OPEN) for number in (1, 2)]
    live.read([*taking, a_live_room(3, 5), a_live_room(4, 5, status=RoomStatus.OPEN, mode=Mode.AT_CLOSE)])
    read = []
    for number in (3, 4, 1, 2):
        read.append(live.read_by_bets("SOL/USD"))
        live.drop(RoomId(number))

    assert [True] * 4 == read
    assert not live.read_by_bets("SOL/USD")
    assert not live.read_by_bets("BTC/USD")


@given(
    st.lists(st.integers(0, 20), max_size=12),
    st.lists(st.tuples(st.integers(0, 25), st.sets(st.integers(0, 12)), st.integers(0, 12)), max_size=8),
)
def test_nothing_is_overlooked(settles: list[int], ticks: list[tuple[int, set[int], int]]) -> None:
    """On every tick the rooms found are those that a look at each of them would find."""
    live, rooms = LiveRooms(), [a_live_room(number, minutes) for number, minutes in enumerate(settles)]
    live.read(rooms)
    for minutes, touched, dropped in sorted(ticks, key=lambda each: each[0]):
        now_ms = NOON_MS + minutes * MINUTE_MS
        looked_at = [room for room in rooms if room.settle_at_ms <= now_ms or room.id in touched]

        assert looked_at == live.concerned([RoomId(number) for number in touched], now_ms)
        live.drop(RoomId(dropped))
        rooms = [room for room in rooms if room.id != dropped]
