"""Watching many targets: the heaps find what a scan over all rooms would find."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_oracle.hits import Thresholds, reaches
from rooms_oracle.touch import Hit, Streak
from rooms_oracle.watch import TargetWatch, Touched

RoomMaker = Callable[..., WatchedRoom]
DIRECTIONS = st.sampled_from(list(Direction))


def at(edge: int) -> Thresholds:
    """A tick on which all families agree."""
    return Thresholds(edge, edge)


def step(watch: TargetWatch, second: int, price: int, *, clear_ms: int = -1) -> list[Touched]:
    """An accepted tick at a second."""
    return watch.tick(Hit(second * 1_000, price), at(price), lambda *_: clear_ms)


def ids(touched: list[Touched]) -> list[int]:
    """The rooms that were touched."""
    return [done.room.room for done in touched]


def test_two_hits_touch_a_room_and_the_next_tick_touches_it_no_more(room: RoomMaker) -> None:
    """It keeps being watched until it is discarded, but is not touched twice."""
    watch = TargetWatch()
    watch.add(room(1, target=100))

    assert [] == step(watch, 0, 100, clear_ms=-3_000)
    assert [Touched(room(1), Streak(-3_000, (Hit(0, 100), Hit(3_000, 101))))] == step(watch, 3, 101)
    assert [] == step(watch, 6, 100) + step(watch, 9, 100)
    assert 1 == len(watch)


def test_an_accepted_tick_that_is_no_hit_starts_anew(room: RoomMaker) -> None:
    """Hit, miss, hit is no touch; downwards alike."""
    watch = TargetWatch()
    watch.add(room(1, target=100))
    watch.add(room(2, target=90, direction=Direction.DOWN))
    prices = [100, 99, 100, 90, 91, 90]

    assert [[]] * 6 == [step(watch, 3 * n, price) for n, price in enumerate(prices)]
    assert [2] == ids(step(watch, 18, 90))


def test_hits_count_since_the_room_was_open_and_begin_before_its_settle_time(room: RoomMaker) -> None:
    """A hit before OPEN is none; a row begun before the settle time may end after it."""
    watch = TargetWatch()
    watch.add(room(1, since_ms=3_000))
    watch.add(room(2, settle_at_ms=3_000))
    watch.add(room(3, settle_at_ms=0))

    assert [] == step(watch, 0, 100)
    assert [2] == ids(step(watch, 3, 100))
    assert [1] == ids(step(watch, 6, 100))
    assert [] == step(watch, 9, 100)


def test_a_row_that_may_not_touch_yet_goes_on(room: RoomMaker) -> None:
    """Its first hit stays the first."""
    watch = TargetWatch()
    watch.add(room(1))
    for second in (0, 3):
        assert [] == watch.tick(Hit(second * 1_000, 100), at(100), lambda *_: -1, lambda _: False)
    (done,) = step(watch, 6, 100)

    assert [0, 3_000, 6_000] == [hit.tick_ms for hit in done.streak.hits]


def test_a_discarded_room_is_dropped_when_it_surfaces(room: RoomMaker) -> None:
    """Watching it again, or twice, watches it once."""
    watch = TargetWatch()
    watch.add(room(1))
    watch.discard(RoomId(1))
    watch.discard(RoomId(7))
    watch.add(room(1))
    watch.add(room(1))
    watch.add(room(2))
    watch.discard(RoomId(2))
    step(watch, 0, 100)

    assert watch.streak(RoomId(1)) is not None
    assert [1] == ids(step(watch, 3, 100))
    assert [1] == [each.room for each in watch.rooms()]


def test_rooms_that_are_gone_leave_nothing_behind(room: RoomMaker) -> None:
    """Thousands come and go untouched, on both sides; what is kept grows with those that wait, and they are found."""
    watch = TargetWatch()
    for number in (1, 2):
        watch.add(
            room(number, target=90 + 10 * number, direction=Direction.DOWN if number == 1 else Direction.UP)
        )
    for number in range(3, 5_000):
        up = number % 2 == 0
        watch.add(room(number, target=200 if up else 50, direction=Direction.UP if up else Direction.DOWN))
        watch.discard(RoomId(number))
        watch.discard(RoomId(number))

    assert len(watch) == 2
    assert len(watch._up) + len(watch._down) <= 2 + 65
    assert {1} == {each.room for each in watch.reached(at(100))}
    assert {2} == {each.room for each in watch.reached(at(110))}


def test_what_two_families_reached_is_asked_without_changing_anything(room: RoomMaker) -> None:
    """Waiting rooms and those in a row are found, touched ones are not."""
    watch = TargetWatch()
    for number, target in enumerate((100, 101, 102, 103), start=1):
        watch.add(room(number, target=target))
    watch.settle(RoomId(1))
    step(watch, 0, 101)

    assert [3, 2] == [each.room for each in watch.reached(at(102))]
    assert [3, 2] == [each.room for each in watch.reached(at(102))]
    assert [] == watch.reached(Thresholds(None, None))


@given(
    st.lists(st.tuples(DIRECTIONS, st.integers(1, 12)), max_size=12),
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2)), max_size=25),
)
def test_the_heaps_agree_with_a_scan(
    rooms: list[tuple[Direction, int]], prices: list[tuple[int, int]]
) -> None:
    """Whatever the prices do, and with whatever gaps, both find the same touches at the same ticks."""
    watch = TargetWatch()
    scan: dict[int, list[int]] = {}
    asked = {}
    for number, (direction, target) in enumerate(rooms):
        asked[number] = (direction, target)
        scan[number] = []
        watch.add(
            WatchedRoom(
                room=RoomId(number),
                instrument="X/USD",
                direction=direction,
                target=target,
                since_ms=0,
                settle_at_ms=10**9,
            )
        )
    second = 0
    for price, skipped in prices:
        second += 3 + 3 * skipped
        expected = []
        for number, hits in list(scan.items()):
            if not reaches(at(price), *asked[number]):
                hits.clear()
            elif hits and second - hits[-1] <= 6:
                expected.append(number)
                del scan[number]
            else:
                hits[:] = [second]

        assert sorted(expected) == sorted(ids(step(watch, second, price)))
