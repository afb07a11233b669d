"""Counting ended rooms into the statistics."""

from __future__ import annotations

import asyncio

import pytest

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.services.count_rooms import Counted, CountRooms
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import Fate, MemoryStore

ANN, BEN = UserId(2), UserId(4)
FIRST, SECOND, THIRD = RoomId(1_000), RoomId(1_002), RoomId(1_004)


@pytest.fixture
async def evening() -> Bookkeeper:
    """Three rooms in which Ann won one SOL-room each, ended a second apart."""
    clock = ManualClock()
    keeper = Bookkeeper(MemoryStore(clock), clock)
    await keeper.people(ANN, BEN, each=sols("10"))
    for number in (FIRST, SECOND, THIRD):
        await end(keeper, a_room(number, status=RoomStatus.SETTLING, resolution=a_resolution("YES")))
        clock.advance(seconds=1)
    return keeper


async def end(keeper: Bookkeeper, room: Room) -> None:
    """Ann on YES against Ben on NO; YES."""
    ann = a_bet(room.id * 10, ANN, "YES", sols("1"), room=room.id)
    ben = a_bet(room.id * 10 + 2, BEN, "NO", sols("1"), room=room.id)
    await keeper.opened(room, ann, ben)
    assert isinstance(await SettleRoom(store=keeper.store)(room.id), Ok)


async def test_each_room_is_counted_once(evening: Bookkeeper) -> None:
    """A second call finds nothing to do, and the scores stay as they are."""
    count = CountRooms(store=evening.store)

    assert Ok(Counted(3, more=False)) == await count()
    before = await evening.ask(lambda ask: ask.score(ANN))
    assert Ok(Counted(0, more=False)) == await count()

    assert (3, 3, sols("3")) == (before.rooms, before.hits, before.volume)
    assert before == await evening.ask(lambda ask: ask.score(ANN))
    assert Ok(False) == await count.count(FIRST)


async def test_a_call_counts_one_block(evening: Bookkeeper) -> None:
    """And says that more may wait; those that ended first come first."""
    count = CountRooms(store=evening.store, block=2)

    assert Ok(Counted(2, more=True)) == await count()
    assert [THIRD] == await evening.do(lambda books: books.scores.waiting(5))
    assert Ok(Counted(1, more=False)) == await count()


async def test_many_may_count_at_the_same_time(evening: Bookkeeper) -> None:
    """Together they count every room once."""
    answers = await asyncio.gather(*(CountRooms(store=evening.store)() for _ in range(4)))

    assert 3 == sum(answer.value.rooms for answer in answers if isinstance(answer, Ok))
    assert 3 == (await evening.ask(lambda ask: ask.score(BEN))).rooms


async def test_a_room_that_fails_stops_no_other(evening: Bookkeeper) -> None:
    """It is named, and counted the next time."""
    store = evening.store
    assert isinstance(store, MemoryStore)
    store.plan(Fate.DONE, Fate.FAILED)
    count = CountRooms(store=store)

    match await count():
        case Ok(Counted(rooms=2, failed=((room, StoreFailed()),))):
            assert FIRST == room
        case other:
            pytest.fail(str(other))
    assert Ok(Counted(1, more=False)) == await count()


async def test_a_lost_answer_does_not_count_twice(evening: Bookkeeper) -> None:
    """The unit of work stood, whatever its caller was told."""
    store = evening.store
    assert isinstance(store, MemoryStore)
    store.plan(Fate.DONE, Fate.UNKNOWN)
    count = CountRooms(store=store)

    await count()
    assert Ok(Counted(0, more=False)) == await count()
    assert 3 == (await evening.ask(lambda ask: ask.score(ANN))).rooms


async def test_a_room_that_has_not_ended_is_not_counted(evening: Bookkeeper) -> None:
    """Neither is one that nobody knows."""
    await evening.opened(a_room(2_000))

    assert [Ok(False)] * 2 == [
        await CountRooms(store=evening.store).count(RoomId(each)) for each in (2_000, 9)
    ]


async def test_counting_again_gives_the_same_scores(evening: Bookkeeper) -> None:
    """Everything is made from the books: forgotten and counted again, block by block, it is equal."""
    count = CountRooms(store=evening.store, block=2)
    await count()
    await count()
    before = [await evening.ask(lambda ask, user=user: ask.score(user)) for user in (ANN, BEN)]  # type: ignore[misc]

    assert Ok(Counted(3, more=False)) == await count.recount()
    assert before == [await evening.ask(lambda ask, user=user: ask.score(user)) for user in (ANN, BEN)]  # type: ignore[misc]


async def test_counting_again_ends_where_nothing_can_be_counted(evening: Bookkeeper) -> None:
    """A store that fails every room does not keep it going for ever."""
    store = evening.store
    assert isinstance(store, MemoryStore)
    store.plan(Fate.DONE, Fate.DONE, Fate.FAILED, Fate.FAILED)

    match await CountRooms(store=store, block=2).recount():
        case Ok(Counted(rooms=0, more=True, failed=failed)):
            assert [FIRST, SECOND] == [room for room, _ in failed]
        case other:
            pytest.fail(str(other))


async def test_a_silent_store_is_passed_on(evening: Bookkeeper) -> None:
    """Whoever counts hears that the store failed."""
    store = evening.store
    assert isinstance(store, MemoryStore)
    count = CountRooms(store=store)

    store.plan(Fate.FAILED)
    assert isinstance(await count(), Err)
    store.plan(Fate.FAILED)
    assert isinstance(await count.recount(), Err)
    store.plan(Fate.DONE, Fate.FAILED)
    assert isinstance(await count.recount(), Err)
