"""The promises of `ports.books.Outbox`."""

from __future__ import annotations

from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import UserId
from rooms_core.ports.books import Books
from rooms_core.testing.bookkeeper import Bookkeeper


def told(user: int, *, kind: EventKind = EventKind.ROOM_SETTLED, ref: int = 1_000, **facts: str) -> Event:
    """An event."""
    return Event(kind=kind, user=UserId(user), ref=ref, facts=facts)


async def waiting(keeper: Bookkeeper, limit: int = 100) -> list[tuple[Event, int]]:
    """What waits, oldest first, with the deliveries that failed."""
    notices = await keeper.do(lambda books: books.outbox.take(limit))
    return [(notice.event, notice.tries) for notice in notices]


async def ids(keeper: Bookkeeper) -> list[int]:
    """The numbers of what waits."""
    return [notice.id for notice in await keeper.do(lambda books: books.outbox.take(100))]


async def test_events_wait_in_the_order_they_came(keeper: Bookkeeper) -> None:
    """Oldest first, as many as are asked for, with their facts."""
    first, second, third = told(4, paid="14"), told(2, note="é"), told(6)
    await keeper.do(lambda books: books.outbox.add([first, second]))
    keeper.clock.advance(seconds=1)
    await keeper.do(lambda books: books.outbox.add([third]))

    assert [(first, 0), (second, 0), (third, 0)] == await waiting(keeper)
    assert [(first, 0), (second, 0)] == await waiting(keeper, limit=2)
    assert [] == await waiting(keeper, limit=0)
    assert 3 == len(set(await ids(keeper)))


async def test_a_user_hears_of_each_thing_once(keeper: Bookkeeper) -> None:
    """The same kind, ref and user is the same notice, whatever its facts; the first one stands (I5)."""
    first = told(2, paid="14")
    others = [told(4), told(2, ref=1_002), told(2, kind=EventKind.COMMISSION_EARNED)]
    await keeper.do(lambda books: books.outbox.add([first, told(2, paid="15")]))
    await keeper.do(lambda books: books.outbox.add([told(2), *others]))
    await keeper.do(lambda books: books.outbox.add([]))

    assert [first, *others] == [event for event, _ in await waiting(keeper)]


async def test_taking_is_not_delivering(keeper: Bookkeeper) -> None:
    """What was taken and never reported waits for the next announcer."""
    await keeper.do(lambda books: books.outbox.add([told(2)]))

    assert await waiting(keeper) == await waiting(keeper)


async def test_what_was_delivered_is_over(keeper: Bookkeeper) -> None:
    """It is not taken again, and not queued again either."""
    await keeper.do(lambda books: books.outbox.add([told(2), told(4)]))
    first, _ = await ids(keeper)

    await keeper.do(lambda books: books.outbox.done([first]))
    await keeper.do(lambda books: books.outbox.done([]))
    await keeper.do(lambda books: books.outbox.add([told(2)]))

    assert [(told(4), 0)] == await waiting(keeper)


async def test_what_failed_is_tried_again(keeper: Bookkeeper) -> None:
    """Each failure is counted."""
    await keeper.do(lambda books: books.outbox.add([told(2), told(4)]))
    first, second = await ids(keeper)

    await keeper.do(lambda books: books.outbox.failed([first, second], dead=False))
    await keeper.do(lambda books: books.outbox.failed([first], dead=False))
    await keeper.do(lambda books: books.outbox.failed([], dead=False))

    assert [(told(2), 2), (told(4), 1)] == await waiting(keeper)


async def test_the_dead_are_not_tried_again(keeper: Bookkeeper) -> None:
    """Nor are they queued a second time."""
    await keeper.do(lambda books: books.outbox.add([told(2), told(4)]))
    first, _ = await ids(keeper)

    await keeper.do(lambda books: books.outbox.failed([first], dead=True))
    await keeper.do(lambda books: books.outbox.add([told(2)]))

    assert [(told(4), 0)] == await waiting(keeper)


async def test_a_delivery_is_reported_in_the_unit_of_work_that_took_it(keeper: Bookkeeper) -> None:
    """Take, then done, in one go, leaves nothing for the second announcer."""
    await keeper.do(lambda books: books.outbox.add([told(2)]))

    async def announce(books: Books) -> int:
        notices = await books.outbox.take(10)
        await books.outbox.done([notice.id for notice in notices])
        return len(notices)

    assert [1, 0] == [await keeper.do(announce), await keeper.do(announce)]
