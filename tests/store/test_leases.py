"""Leases, fences and announcers on a real server: several processes, one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from rooms_core.domain.events import BUCKETS, Event, EventKind, Notice, bucket_of
from rooms_core.domain.ids import UserId
from rooms_core.domain.lease import LEASE_MS
from rooms_core.ports.books import Books
from rooms_core.ports.notifier import NotifyFailed
from rooms_core.ports.store import LeaseLost, Store
from rooms_core.result import Err, Ok, Result
from rooms_core.services.announce import HIDE_MS, Announce, Announced
from rooms_core.services.fenced_store import FencedStore
from rooms_core.services.hold_role import HoldRole
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_user
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.notifier import RecordingNotifier
from rooms_store.opening import OpenBooks, open_books
from rooms_store.testing.postgres import PostgresServer


class Pair:
    """Two processes on one database, with one clock to be moved."""

    def __init__(self, one: OpenBooks, two: OpenBooks, clock: ManualClock) -> None:
        self.one, self.two, self.clock = one, two, clock
        self.notifier = RecordingNotifier()

    def announce(self, store: Store, *, block: int = 100) -> Announce:
        """An announcer of one of the processes."""
        return Announce(store=store, notifier=self.notifier, clock=self.clock, block=block)

    async def happened(self, *events: Event) -> None:
        """These events are in the outbox."""
        await Bookkeeper(self.one, self.clock).do(lambda books: books.outbox.add(events))


@pytest.fixture
async def pair(postgres_server: PostgresServer) -> AsyncIterator[Pair]:
    """Two processes."""
    place, clock = postgres_server.fresh_database(), ManualClock()
    async with open_books(place, clock) as one, open_books(place, clock, migrate=False) as two:
        yield Pair(one, two, clock)


def an_event(user: int, ref: int = 1) -> Event:
    """Something that happened to a user."""
    return Event(kind=EventKind.ROOM_OPENED, user=UserId(user), ref=ref)


def neighbours(count: int) -> list[int]:
    """People whose notices lie in one bucket."""
    return [user for user in range(2, 20_000, 2) if bucket_of(UserId(user)) == 5][:count]


async def test_two_announcers_share_the_work(pair: Pair) -> None:
    """Nothing is told twice, nothing is left, and each user hears his in order."""
    await pair.happened(*[an_event(user, ref) for ref in range(5) for user in range(2, 82, 2)])
    announcers = [pair.announce(store, block=10) for store in (pair.one, pair.two)]
    shares = [0, 0]

    async def drain(which: int) -> None:
        while (answer := await announcers[which]()) != Ok(Announced(0, 0, 0)):
            assert isinstance(answer, Ok)
            shares[which] += answer.value.delivered

    await asyncio.gather(drain(0), drain(1))
    await drain(0)

    assert 200 == sum(shares) == len({notice.id for notice in pair.notifier.delivered})
    for user in range(2, 82, 2):
        assert [0, 1, 2, 3, 4] == [event.ref for event in pair.notifier.events if event.user == user]


async def test_what_another_has_locked_is_passed_over_and_holds_its_users_back(pair: Pair) -> None:
    """One is in the middle of taking: the other does not wait for him, and takes nobody's second notice."""
    ann, bob = neighbours(2)
    await pair.happened(an_event(ann), an_event(ann, 2), an_event(bob))
    taken, go_on = asyncio.Event(), asyncio.Event()

    async def take(books: Books, limit: int) -> list[Notice]:
        now_ms = await books.now_ms()
        return await books.outbox.take(range(BUCKETS), limit, now_ms=now_ms, hide_ms=HIDE_MS)

    async def slowly(books: Books) -> list[Notice]:
        notices = await take(books, 1)
        taken.set()
        await go_on.wait()
        return notices

    first = asyncio.ensure_future(Bookkeeper(pair.one, pair.clock).do(slowly))
    await taken.wait()
    others = await Bookkeeper(pair.two, pair.clock).do(lambda books: take(books, 9))
    go_on.set()

    assert [an_event(ann)] == [notice.event for notice in await first]
    assert [an_event(bob)] == [notice.event for notice in others]


async def test_what_a_dead_announcer_took_goes_to_the_other(pair: Pair) -> None:
    """After the minute for which it was hidden, under the same number."""
    await pair.happened(an_event(2), an_event(4))
    begun = asyncio.Event()

    class Hanging:
        async def deliver(self, _notice: Notice) -> Result[None, NotifyFailed]:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError("it was killed")

    dying = asyncio.ensure_future(Announce(store=pair.one, notifier=Hanging(), clock=pair.clock)())
    await begun.wait()
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying

    assert Ok(Announced(0, 0, 0)) == await pair.announce(pair.two)()
    pair.clock.advance(HIDE_MS)
    assert Ok(Announced(2, 0, 0)) == await pair.announce(pair.two)()
    assert [2, 2] == [notice.tries for notice in pair.notifier.delivered]


async def test_a_zombies_unit_of_work_is_refused(pair: Pair) -> None:
    """He slept for ten minutes, another process has his role, and nothing of his is written."""
    mine = await HoldRole(store=pair.one, holder="one").take("settler")
    pair.clock.advance(minutes=10)
    theirs = await HoldRole(store=pair.two, holder="two").take("settler")
    assert isinstance(mine, Ok)
    assert isinstance(theirs, Ok)

    async def join(books: Books) -> Result[bool, None]:
        return Ok(await books.users.add(a_user(2)))

    late = await FencedStore(pair.one, mine.value).run(join)

    assert isinstance(late, Err)
    assert isinstance(late.why, LeaseLost)
    assert Ok(True) == await FencedStore(pair.two, theirs.value).run(join)


async def test_long_work_is_renewed_beside_it_and_nobody_takes_its_role(pair: Pair) -> None:
    """A renewal goes through while a unit of work of the role runs; whoever wants the role waits for its end."""
    hold = HoldRole(store=pair.one, holder="one")
    mine = await hold.take("settler")
    assert isinstance(mine, Ok)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def long(books: Books) -> Result[bool, None]:
        begun.set()
        await go_on.wait()
        return Ok(await books.users.add(a_user(2)))

    working = asyncio.ensure_future(FencedStore(pair.one, mine.value).run(long))
    await begun.wait()
    async with asyncio.timeout(5):
        assert isinstance(await hold.renew(mine.value), Ok)
    pair.clock.advance(LEASE_MS)
    taking = asyncio.ensure_future(HoldRole(store=pair.two, holder="two").take("settler"))
    done, _ = await asyncio.wait([taking], timeout=0.3)
    go_on.set()

    assert not done
    assert Ok(True) == await working
    taken = await taking
    assert isinstance(taken, Ok)
    assert 2 == taken.value.token


async def test_two_processes_have_two_numbers(pair: Pair) -> None:
    """Their ids differ, and so do the rows of their fences."""
    assert pair.one.worker != pair.two.worker
    assert [Ok(None), Ok(None)] == [await pair.one.fence(), await pair.two.fence()]
