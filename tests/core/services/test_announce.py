"""Announcing: what happened is told, at least once, and never twice where it can be helped."""

from __future__ import annotations

import asyncio

import pytest

from rooms_core.domain.events import Event, EventKind, Notice
from rooms_core.domain.ids import UserId
from rooms_core.ports.books import Books
from rooms_core.ports.notifier import NotifyFailed
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.announce import Announce, Announced, wait_after
from rooms_core.testing.house import House
from rooms_core.testing.memory.undo import Crashed
from rooms_core.testing.memory_store import Fate


def an_event(user: int, ref: int = 1, kind: EventKind = EventKind.ROOM_OPENED) -> Event:
    """Something that happened to a user."""
    return Event(kind=kind, user=UserId(user), ref=ref)


async def happened(house: House, *events: Event) -> None:
    """These events are in the outbox."""

    async def work(books: Books) -> None:
        await books.outbox.add(events)

    await house.books.do(work)


async def test_notices_are_delivered_oldest_first_and_once() -> None:
    """What is delivered is not delivered again."""
    house = House()
    await happened(house, an_event(2), an_event(4))

    assert Ok(Announced(2, 0, 0)) == await house.announce()
    assert Ok(Announced(0, 0, 0)) == await house.announce()
    assert [an_event(2), an_event(4)] == house.notifier.events


async def test_one_event_is_told_once_however_often_it_is_reported() -> None:
    """A user hears of each (kind, ref) once: a repeated unit of work tells nothing new."""
    house = House()
    await happened(house, an_event(2), an_event(2))
    await house.announce()
    await happened(house, an_event(2), an_event(2, ref=9))

    assert Ok(Announced(1, 0, 0)) == await house.announce()
    assert [1, 9] == [event.ref for event in house.notifier.events]


async def test_a_block_bounds_one_round() -> None:
    """However long the outbox, one call takes one block."""
    house = House()
    await happened(house, *[an_event(2 * number) for number in range(1, 6)])
    small = Announce(store=house.store, notifier=house.notifier, clock=house.clock, block=2)

    assert [2, 2, 1, 0] == [
        answer.value.delivered for answer in [await small() for _ in range(4)] if isinstance(answer, Ok)
    ]


async def test_a_notice_that_could_not_be_delivered_is_tried_again() -> None:
    """The others go on; the failed one comes when its wait is over."""
    house = House()
    await happened(house, an_event(2), an_event(4))
    house.notifier.plan(NotifyFailed("busy"))

    assert Ok(Announced(1, 1, 0)) == await house.announce()
    house.clock.advance(1_999)
    assert Ok(Announced(0, 0, 0)) == await house.announce()
    house.clock.advance(1)
    assert Ok(Announced(1, 0, 0)) == await house.announce()
    assert [UserId(4), UserId(2)] == [event.user for event in house.notifier.events]


async def test_the_wait_grows_with_the_tries() -> None:
    """Twice as long each time, from 2 s up to an hour."""
    assert [2, 4, 8, 16, 2_048, 3_600, 3_600] == [
        wait_after(tries) // 1_000 for tries in (1, 2, 3, 4, 11, 12, 10_000)
    ]


async def test_a_receiver_may_ask_for_a_longer_wait() -> None:
    """Who is told to come back in a minute does not come back in two seconds."""
    house = House()
    await happened(house, an_event(2))
    house.notifier.plan(NotifyFailed("slow down", wait_ms=60_000))

    assert Ok(Announced(0, 1, 0)) == await house.announce()
    house.clock.advance(59_999)
    assert Ok(Announced(0, 0, 0)) == await house.announce()
    house.clock.advance(1)
    assert Ok(Announced(1, 0, 0)) == await house.announce()


async def test_a_user_hears_everything_in_its_order() -> None:
    """What failed holds his later notices back, and they lose no try by it; nobody else waits."""
    house = House()
    await happened(house, an_event(2), an_event(4), an_event(2, ref=3))
    house.notifier.plan(NotifyFailed("busy"))

    assert Ok(Announced(1, 1, 0)) == await house.announce()
    house.clock.advance(seconds=2)
    assert Ok(Announced(2, 0, 0)) == await house.announce()
    assert [(4, 1), (2, 1), (2, 3)] == [(event.user, event.ref) for event in house.notifier.events]
    assert [1, 2, 1] == [notice.tries for notice in house.notifier.delivered]


async def test_a_slow_notifier_leaves_the_rest_to_others() -> None:
    """Past half of the time for which a block is hidden no delivery begins; what was not begun is due at once."""
    house = House()
    await happened(house, *[an_event(2 * number) for number in range(1, 6)])

    class Slow:
        async def deliver(self, notice: Notice) -> Result[None, NotifyFailed]:
            house.clock.advance(seconds=12)
            return await house.notifier.deliver(notice)

    slow = Announce(store=house.store, notifier=Slow(), clock=house.clock)

    assert Ok(Announced(3, 0, 0)) == await slow()
    assert Ok(Announced(2, 0, 0)) == await house.announce()
    assert 5 == len({notice.id for notice in house.notifier.delivered})


async def test_no_unit_of_work_is_open_while_a_notice_is_delivered() -> None:
    """A slow notifier holds nobody up at the database."""
    house = House()
    await happened(house, an_event(2))
    free: list[bool] = []

    class Watching:
        async def deliver(self, notice: Notice) -> Result[None, NotifyFailed]:
            async with asyncio.timeout(1):
                await house.books.do(lambda books: books.outbox.waiting(1))
            free.append(True)
            return Ok(None)

    await Announce(store=house.store, notifier=Watching(), clock=house.clock)()

    assert [True] == free


async def test_announcers_side_by_side_deliver_once() -> None:
    """What one has taken, the other does not see."""
    house = House()
    await happened(house, *[an_event(2 * number) for number in range(1, 30)])
    announcers = [
        Announce(store=house.store, notifier=house.notifier, clock=house.clock, block=4) for _ in range(8)
    ]

    await asyncio.gather(*(announcer() for announcer in announcers))

    assert 29 == len(house.notifier.delivered) == len({notice.id for notice in house.notifier.delivered})


async def test_what_a_dead_announcer_took_is_delivered_by_another() -> None:
    """After a minute, and in the order it came."""
    house = House()
    await happened(house, an_event(2), an_event(2, ref=3))

    class Deadly:
        async def deliver(self, _notice: Notice) -> Result[None, NotifyFailed]:
            raise Crashed

    with pytest.raises(Crashed):
        await Announce(store=house.store, notifier=Deadly(), clock=house.clock)()

    house.clock.advance(59_999)
    assert Ok(Announced(0, 0, 0)) == await house.announce()
    house.clock.advance(1)
    assert Ok(Announced(2, 0, 0)) == await house.announce()
    assert [1, 3] == [event.ref for event in house.notifier.events]


async def test_a_notice_that_kills_whoever_delivers_it_is_given_up() -> None:
    """A try counts when it begins: after ten of them nobody dies of it any more."""
    house = House()
    await happened(house, an_event(2))

    class Deadly:
        async def deliver(self, _notice: Notice) -> Result[None, NotifyFailed]:
            raise Crashed

    deadly = Announce(store=house.store, notifier=Deadly(), clock=house.clock)
    for _ in range(10):
        with pytest.raises(Crashed):
            await deadly()
        house.clock.advance(minutes=1)

    assert Ok(Announced(0, 0, 1)) == await deadly()
    (letter,) = await house.books.do(lambda books: books.outbox.dead(9))
    assert "begun 10 times and never ended" == letter.why


async def test_a_notice_nobody_can_receive_is_given_up_at_once() -> None:
    """Blocked by the user: kept, and not tried again."""
    house = House()
    await happened(house, an_event(2))
    house.notifier.plan(NotifyFailed("blocked", retryable=False))

    assert Ok(Announced(0, 0, 1)) == await house.announce()
    assert Ok(Announced(0, 0, 0)) == await house.announce()


async def test_after_ten_failures_a_notice_is_given_up() -> None:
    """Nine tries come again, the tenth is the last."""
    house = House()
    await happened(house, an_event(2))
    house.notifier.plan(*[NotifyFailed("busy")] * 20)
    answers = []
    for _ in range(11):
        answers.append(await house.announce())
        house.clock.advance(hours=1)

    assert [Ok(Announced(0, 1, 0))] * 9 + [Ok(Announced(0, 0, 1)), Ok(Announced(0, 0, 0))] == answers


async def test_a_lost_record_delivers_again_under_the_same_number() -> None:
    """At least once: the number tells the receiver that he knows it."""
    house = House()
    await happened(house, an_event(2))
    house.store.plan(Fate.DONE, Fate.FAILED)

    assert Err(StoreFailed("COMMIT failed; nothing was written")) == await house.announce()
    house.clock.advance(minutes=1)
    assert Ok(Announced(1, 0, 0)) == await house.announce()
    first, second = house.notifier.delivered
    assert first.id == second.id


async def test_a_silent_store_delivers_nothing() -> None:
    """What cannot be read is not told."""
    house = House()
    await happened(house, an_event(2))
    house.store.plan(Fate.FAILED)

    assert isinstance(await house.announce(), Err)
    assert [] == house.notifier.events
