"""The promises of `ports.books.Outbox`."""

from __future__ import annotations

import pytest

from rooms_core.domain.events import BUCKETS, Event, EventKind, Notice
from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.ports.books import Books
from rooms_core.testing.bookkeeper import Bookkeeper

HIDE_MS = 60_000


def told(user: int, *, kind: EventKind = EventKind.ROOM_SETTLED, ref: int = 1_000, **facts: str) -> Event:
    """An event."""
    return Event(kind=kind, user=UserId(user), ref=ref, facts=facts)


async def waiting(keeper: Bookkeeper, limit: int = 100) -> list[tuple[Event, int]]:
    """What waits, oldest first, with the tries that have begun."""
    notices = await keeper.do(lambda books: books.outbox.waiting(limit))
    return [(notice.event, notice.tries) for notice in notices]


async def take(keeper: Bookkeeper, limit: int = 100, *, buckets: range = range(BUCKETS)) -> list[Notice]:
    """Take what is due, oldest first."""

    async def work(books: Books) -> list[Notice]:
        now_ms = await books.now_ms()
        return await books.outbox.take(buckets, limit, now_ms=now_ms, hide_ms=HIDE_MS)

    return sorted(await keeper.do(work), key=lambda notice: notice.id)


async def events(keeper: Bookkeeper, limit: int = 100) -> list[Event]:
    """Take what is due; only what happened."""
    return [notice.event for notice in await take(keeper, limit)]


def neighbours(count: int) -> list[int]:
    """People whose notices lie in one bucket, and it is bucket 5."""
    found = [user for user in range(2, 10_000, 2) if Notice(1, told(user)).bucket == 5]
    return found[:count]


async def test_events_wait_in_the_order_they_came(keeper: Bookkeeper) -> None:
    """Oldest first, as many as are asked for, with their facts."""
    first, second, third = told(4, paid="14"), told(2, note="é"), told(6)
    await keeper.do(lambda books: books.outbox.add([first, second]))
    keeper.clock.advance(seconds=1)
    await keeper.do(lambda books: books.outbox.add([third]))

    assert [(first, 0), (second, 0), (third, 0)] == await waiting(keeper)
    assert [(first, 0), (second, 0)] == await waiting(keeper, limit=2)
    assert [] == await waiting(keeper, limit=0)
    assert 3 == len({notice.id for notice in await take(keeper)})


async def test_events_of_which_none_can_be_known_are_queued_together(keeper: Bookkeeper) -> None:
    """They wait as others do, with whatever their facts are; one that is known all the same is a bug (I5)."""
    new = [told(4, paid="14", staked="1"), told(2, note='é "quoted" \\ \n'), told(6)]

    await keeper.do(lambda books: books.outbox.add_new(new))

    assert [(event, 0) for event in new] == await waiting(keeper)
    with pytest.raises(InvariantBroken, match="I5"):
        await keeper.do(lambda books: books.outbox.add_new([told(8), told(2)]))
    assert 3 == len(await waiting(keeper))


async def test_a_user_hears_of_each_thing_once(keeper: Bookkeeper) -> None:
    """The same kind, ref and user is the same notice, whatever its facts; the first one stands (I5)."""
    first = told(2, paid="14")
    others = [told(4), told(2, ref=1_002), told(2, kind=EventKind.COMMISSION_EARNED)]
    await keeper.do(lambda books: books.outbox.add([first, told(2, paid="15")]))
    await keeper.do(lambda books: books.outbox.add([told(2), *others]))
    await keeper.do(lambda books: books.outbox.add([]))

    assert [first, *others] == [event for event, _ in await waiting(keeper)]


async def test_what_is_taken_is_nobody_elses(keeper: Bookkeeper) -> None:
    """For as long as it is hidden; then the next announcer has it, as a further try."""
    await keeper.do(lambda books: books.outbox.add([told(2), told(4)]))

    assert [1, 1] == [notice.tries for notice in await take(keeper)]
    assert [] == await take(keeper)
    assert [(told(2), 1), (told(4), 1)] == await waiting(keeper)
    keeper.clock.advance(HIDE_MS - 1)
    assert [] == await take(keeper)
    keeper.clock.advance(1)
    assert [2, 2] == [notice.tries for notice in await take(keeper)]


async def test_a_bucket_is_taken_alone(keeper: Bookkeeper) -> None:
    """Announcers share the outbox by buckets; a limit goes over all that are asked for."""
    people = neighbours(3)
    await keeper.do(lambda books: books.outbox.add([told(user) for user in people]))

    assert [] == await take(keeper, buckets=range(5))
    assert [] == await take(keeper, buckets=range(6, BUCKETS))
    assert [] == await take(keeper, 0)
    assert people[:2] == [notice.event.user for notice in await take(keeper, 2, buckets=range(4, 8))]
    assert people[2:] == [notice.event.user for notice in await take(keeper, 2, buckets=range(5, 6))]


async def test_what_was_delivered_is_over(keeper: Bookkeeper) -> None:
    """It is not taken again, not queued again, and a second word of it does nothing."""
    await keeper.do(lambda books: books.outbox.add([told(2), told(4)]))
    first, _ = await take(keeper)

    await keeper.do(lambda books: books.outbox.done([first]))
    await keeper.do(lambda books: books.outbox.done([first]))
    await keeper.do(lambda books: books.outbox.done([]))
    await keeper.do(lambda books: books.outbox.add([told(2)]))

    assert [(told(4), 1)] == await waiting(keeper)


async def test_what_failed_waits_and_comes_again(keeper: Bookkeeper) -> None:
    """At its time, not before."""
    await keeper.do(lambda books: books.outbox.add([told(2), told(4)]))
    both = await take(keeper)
    later_ms = keeper.clock.now_ms() + 5_000

    await keeper.do(lambda books: books.outbox.again(both, at_ms=later_ms, why="busy"))
    await keeper.do(lambda books: books.outbox.again([], at_ms=later_ms))

    keeper.clock.advance(4_999)
    assert [] == await take(keeper)
    keeper.clock.advance(1)
    assert [told(2), told(4)] == await events(keeper)


async def test_a_users_notices_come_in_their_order(keeper: Bookkeeper) -> None:
    """One that is taken or waits holds his later ones back; other people's go on, in the same bucket too."""
    ann, bob = neighbours(2)
    await keeper.do(
        lambda books: books.outbox.add([told(ann), told(ann, ref=2), told(bob), told(ann, ref=3)])
    )
    (first,) = await take(keeper, 1)

    assert [told(bob)] == await events(keeper)
    later_ms = keeper.clock.now_ms() + 5_000
    await keeper.do(lambda books: books.outbox.again([first], at_ms=later_ms))
    await keeper.do(lambda books: books.outbox.add([told(bob, ref=4), told(ann, ref=5)]))
    assert [] == await events(keeper)
    keeper.clock.advance(5_000)
    assert [told(ann), told(ann, ref=2), told(ann, ref=3), told(ann, ref=5)] == await events(keeper)


async def test_what_was_not_tried_loses_nothing(keeper: Bookkeeper) -> None:
    """It is due at once, as if it had never been taken."""
    await keeper.do(lambda books: books.outbox.add([told(2)]))
    taken = await take(keeper)

    await keeper.do(lambda books: books.outbox.untried(taken))

    assert [(told(2), 0)] == await waiting(keeper)
    assert taken == await take(keeper)


async def test_the_dead_are_kept_with_the_reason(keeper: Bookkeeper) -> None:
    """They are not tried again, nor queued a second time, and hold nobody back."""
    await keeper.do(lambda books: books.outbox.add([told(2), told(4), told(2, ref=2)]))
    first, second, third = await take(keeper)

    await keeper.do(lambda books: books.outbox.bury([first, second], why="blocked"))
    await keeper.do(lambda books: books.outbox.untried([third]))
    await keeper.do(lambda books: books.outbox.add([told(2)]))

    assert [told(2, ref=2)] == await events(keeper)
    dead = await keeper.do(lambda books: books.outbox.dead(9))
    assert [(first, "blocked"), (second, "blocked")] == [(letter.notice, letter.why) for letter in dead]
    assert {keeper.clock.now_ms()} == {letter.at_ms for letter in dead}
    assert dead[:1] == await keeper.do(lambda books: books.outbox.dead(1))
    assert dead[1:] == await keeper.do(lambda books: books.outbox.dead(9, after=first.id))


async def test_dead_letters_can_be_queued_anew(keeper: Bookkeeper) -> None:
    """With all their tries before them; what is not dead is not touched."""
    await keeper.do(lambda books: books.outbox.add([told(2), told(4)]))
    first, second = await take(keeper)
    await keeper.do(lambda books: books.outbox.bury([first], why="blocked"))

    revived = await keeper.do(lambda books: books.outbox.revive([first.id, second.id, 12_345]))

    assert 1 == revived
    assert [] == await keeper.do(lambda books: books.outbox.dead(9))
    assert 0 == await keeper.do(lambda books: books.outbox.revive([]))
    assert [(told(2), 0), (told(4), 1)] == await waiting(keeper)
    assert [told(2)] == await events(keeper)


async def test_a_late_word_about_what_another_has_taken_is_passed_over(keeper: Bookkeeper) -> None:
    """Only that it was delivered is true whoever says it."""
    await keeper.do(lambda books: books.outbox.add([told(2)]))
    mine = await take(keeper)
    keeper.clock.advance(HIDE_MS)
    theirs = await take(keeper)

    await keeper.do(lambda books: books.outbox.again(mine, at_ms=0))
    await keeper.do(lambda books: books.outbox.untried(mine))
    await keeper.do(lambda books: books.outbox.bury(mine, why="late"))

    assert [(told(2), 2)] == await waiting(keeper)
    assert [] == await take(keeper)
    await keeper.do(lambda books: books.outbox.done(mine))
    await keeper.do(lambda books: books.outbox.again(theirs, at_ms=0))
    assert [] == await waiting(keeper)
