"""Announcing: what happened is told, at least once, and never twice where it can be helped."""

from __future__ import annotations

from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import UserId
from rooms_core.ports.books import Books
from rooms_core.ports.notifier import NotifyFailed
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.services.announce import Announce, Announced
from rooms_core.testing.house import House
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
    small = Announce(store=house.store, notifier=house.notifier, block=2)

    assert [2, 2, 1, 0] == [
        answer.value.delivered for answer in [await small() for _ in range(4)] if isinstance(answer, Ok)
    ]


async def test_a_notice_that_could_not_be_delivered_is_tried_again() -> None:
    """The others go on; the failed one comes with the next round."""
    house = House()
    await happened(house, an_event(2), an_event(4))
    house.notifier.plan(NotifyFailed("busy"))

    assert Ok(Announced(1, 1, 0)) == await house.announce()
    assert Ok(Announced(1, 0, 0)) == await house.announce()
    assert [UserId(4), UserId(2)] == [event.user for event in house.notifier.events]


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
    answers = [await house.announce() for _ in range(11)]

    assert [Ok(Announced(0, 1, 0))] * 9 + [Ok(Announced(0, 0, 1)), Ok(Announced(0, 0, 0))] == answers


async def test_a_lost_record_delivers_again_under_the_same_number() -> None:
    """At least once: the number tells the receiver that he knows it."""
    house = House()
    await happened(house, an_event(2))
    house.store.plan(Fate.DONE, Fate.FAILED)

    assert Err(StoreFailed("COMMIT failed; nothing was written")) == await house.announce()
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
