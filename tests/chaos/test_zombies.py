"""Whoever has lost a role is refused by the server itself, wherever in his work he stood still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import attrs
import pytest

from rooms_core.domain import entries
from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import OPERATING, pot
from rooms_core.domain.lease import LEASE_MS, Lease
from rooms_core.domain.money import Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.ports.store import LeaseLost, Store, StoreFailed, mark
from rooms_core.result import Err, Ok, Result
from rooms_core.services.advance_rooms import AdvanceRooms
from rooms_core.services.fenced_store import FencedStore
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.settle_room import SettleRoom
from rooms_core.services.take_number import NUMBER_MS, NumbersGone, TakeNumber, role_of
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.custody_house import CustodyHouse, value
from rooms_core.testing.overtaken import Overtaken
from rooms_core.testing.scripted_chain import FINAL_AFTER
from rooms_store import engine
from rooms_store.migrations import upgrade
from rooms_store.opening import OpenBooks, open_books
from rooms_store.testing.postgres import PostgresServer

T = TypeVar("T")
E = TypeVar("E")


@attrs.define
class Sleeper:
    """Implements `ports.store.Store`: falls asleep in each unit of work, before its first statement."""

    store: Store
    asleep: asyncio.Event = attrs.field(factory=asyncio.Event)
    wake: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """The unit of work has begun on the server; the rest of it waits."""

        async def later(books: Books) -> Result[T, E]:
            await books.users.get(UserId(2))  # BEGIN goes out with the first statement
            self.asleep.set()
            await self.wake.wait()
            return await work(books)

        return await self.store.run(later)

    async def fence(self) -> Result[None, StoreFailed]:
        """A unit of work like another."""
        return await self.run(mark)


@attrs.define
class Two:
    """Two processes and their clock. The first one has the role of the settler."""

    one: OpenBooks
    two: OpenBooks
    clock: ManualClock
    mine: Lease

    async def taken(self) -> Store:
        """The other one has taken the role, as its time was over: his store."""
        self.clock.advance(LEASE_MS)
        return FencedStore(self.two, await self.role_of(self.two, "two"))

    @staticmethod
    async def role_of(store: Store, holder: str) -> Lease:
        """The role in the hands of `holder`."""
        async with asyncio.timeout(10):
            taken = await HoldRole(store=store, holder=holder).take("settler")
        assert isinstance(taken, Ok), taken
        return taken.value

    async def funded(self) -> int:
        """How often `fund` was done."""
        return await Bookkeeper(self.two, self.clock).balance(OPERATING)


@pytest.fixture
def still_ms() -> int:
    """How long the server waits for whoever stands still in a unit of work."""
    return engine.STILL_MS


@pytest.fixture
async def two(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, still_ms: int
) -> AsyncIterator[Two]:
    """Two processes on one server."""
    place, clock = postgres_server.fresh_database(), ManualClock()
    await asyncio.to_thread(upgrade, place)  # which may take longer than that
    monkeypatch.setattr(engine, "STILL_MS", still_ms)
    async with (
        open_books(place, clock, migrate=False) as one,
        open_books(place, clock, migrate=False) as other,
    ):
        yield Two(one, other, clock, await Two.role_of(one, "one"))


async def fund(books: Books, key: str = "1") -> Result[None, StoreFailed]:
    """Something that is written."""
    await books.journal.post(entries.fund(OPERATING, Lamports(1), key=key))
    return Ok(None)


def is_lost(answer: object) -> bool:
    """Whether the role is another's."""
    return isinstance(answer, Err) and isinstance(answer.why, LeaseLost)


async def test_one_who_slept_between_units_of_work_is_refused(two: Two) -> None:
    """Whatever he tries, each time, and a fence is no exception."""
    theirs, zombie = await two.taken(), FencedStore(two.one, two.mine)

    assert [True, True] == [is_lost(await zombie.run(fund)) for _ in range(2)]
    assert is_lost(await zombie.fence())
    assert Ok(None) == await theirs.run(fund)
    assert 1 == await two.funded()


@pytest.mark.parametrize("fence", [False, True])
async def test_one_who_fell_asleep_in_a_unit_of_work_is_refused(two: Two, fence: bool) -> None:
    """It began before the role was taken, and had not proven anything: it sees who has the role now."""
    sleeper = Sleeper(two.one)
    zombie = FencedStore(sleeper, two.mine)
    working = asyncio.ensure_future(zombie.fence() if fence else zombie.run(fund))
    await sleeper.asleep.wait()
    theirs = await two.taken()
    assert Ok(None) == await theirs.run(fund)
    sleeper.wake.set()

    assert is_lost(await working)
    assert 1 == await two.funded()


@pytest.mark.parametrize("still_ms", [400])
async def test_one_who_proved_himself_and_stood_still_keeps_nobody_waiting(two: Two) -> None:
    """The server undoes his unit of work, whatever it has written: the other need not wait until he wakes up."""
    asleep, wake = asyncio.Event(), asyncio.Event()

    async def slow(books: Books) -> Result[None, StoreFailed]:
        await fund(books)
        asleep.set()
        await wake.wait()
        return await fund(books, key="2")

    zombie = FencedStore(two.one, two.mine)
    working = asyncio.ensure_future(zombie.run(slow))
    await asleep.wait()
    theirs = await two.taken()
    assert Ok(None) == await theirs.run(fund)
    wake.set()
    late = await working

    assert isinstance(late, Err)
    assert late.why.retryable
    assert is_lost(await zombie.run(fund))
    assert 1 == await two.funded()


async def test_one_who_was_cut_off_before_commit_has_written_nothing(
    two: Two, postgres_server: PostgresServer
) -> None:
    """His connection is gone, the role is free, and what he had written under it is undone."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    pids: list[int] = []

    async def cut(books: Books) -> Result[None, StoreFailed]:
        await fund(books)
        asked = await books._work.connection.exec_driver_sql("SELECT pg_backend_pid()")  # type: ignore[attr-defined]
        pids.append(asked.scalar())
        begun.set()
        await go_on.wait()
        return Ok(None)

    working = asyncio.ensure_future(FencedStore(two.one, two.mine).run(cut))
    await begun.wait()
    postgres_server.sql(f"SELECT pg_terminate_backend({pids[0]})")
    theirs = await two.taken()
    go_on.set()

    assert isinstance(await working, Err)
    assert 0 == await two.funded()
    assert Ok(None) == await theirs.run(fund)


async def test_a_room_that_a_zombie_began_to_settle_is_settled_by_the_other(two: Two) -> None:
    """Once: the zombie's settlement, and his look for rooms to move on, are refused."""
    keeper = Bookkeeper(two.one, two.clock)
    await keeper.people(2, 4, 6, each=sols("10"))
    room = a_room(host=6, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    await keeper.opened(room, a_bet(1, 2, "YES", sols("2")), a_bet(3, 4, "NO", sols("1")))
    sleeper = Sleeper(two.one)
    settling = asyncio.ensure_future(SettleRoom(store=FencedStore(sleeper, two.mine))(room.id))
    await sleeper.asleep.wait()
    theirs = await two.taken()
    assert isinstance(await SettleRoom(store=theirs)(room.id), Ok)
    sleeper.wake.set()

    assert is_lost(await settling)
    assert is_lost(await AdvanceRooms(store=FencedStore(two.one, two.mine))(two.clock.now_ms()))
    assert RoomStatus.SETTLED is (await keeper.room(room)).status
    assert 0 == await keeper.balance(pot(room.id))


async def test_of_two_zombies_the_newest_token_is_heard(two: Two) -> None:
    """The role changes hands twice while the first one sleeps in a unit of work; both before the last are refused."""
    sleeper = Sleeper(two.one)
    first = asyncio.ensure_future(FencedStore(sleeper, two.mine).run(fund))
    await sleeper.asleep.wait()
    second = await two.taken()
    two.clock.advance(LEASE_MS)
    third = FencedStore(two.one, await two.role_of(two.one, "one"))
    sleeper.wake.set()

    assert [True, True] == [is_lost(each) for each in (await first, await second.run(fund))]
    assert Ok(None) == await third.run(fund)
    assert (3, 1) == (third.lease.token, await two.funded())


async def test_each_lock_is_the_one_it_is_meant_to_be(two: Two, postgres_server: PostgresServer) -> None:
    """What the server says it was told: a proof, a renewal and a change of hands lock in three strengths."""

    async def told(books: Books) -> list[str]:
        asked = "SELECT pg_backend_pid()"
        pid = (await books._work.connection.exec_driver_sql(asked)).scalar()  # type: ignore[attr-defined]
        said = []
        for lock in (books.leases.prove, books.leases.lock, books.leases.lock_alone):
            await lock("settler")
            said.append(postgres_server.sql(f"SELECT query FROM pg_stat_activity WHERE pid = {pid}"))
        return said

    said = await Bookkeeper(two.one, two.clock).do(told)

    assert ["KEY SHARE", "NO KEY UPDATE", "UPDATE"] == [each.rpartition(" FOR ")[2] for each in said]


@pytest.mark.parametrize("after", [1, 3, 5])
async def test_a_sender_who_is_overtaken_on_his_way_pays_nobody_twice(two: Two, after: int) -> None:
    """He signs, and loses the role after so many units of work; the other one brings it to its end."""
    house = CustodyHouse(clock=two.clock, store=two.two)
    await house.fund(sols("100"))
    await house.deposit({2: sols("500")})
    asked = await house.ask(2, sols("1"))
    value(await house.reconcile())
    mine = await two.role_of(two.one, "one")
    zombie = FencedStore(Overtaken(two.one, two.taken, after=after), mine)
    await replace(house.sign, store=zombie)()

    assert is_lost(await replace(house.send, store=zombie)())
    house.wait(slots=FINAL_AFTER + 1)
    assert [] == house.chain.paid(asked.id)
    for _ in range(10):
        await house.round()
    assert WithdrawalState.DONE is (await house.find(asked.id)).state
    assert 1 == len(house.chain.paid(asked.id))


async def test_a_worker_number_that_is_being_renewed_is_not_given_out(two: Two) -> None:
    """Its holder woke up a moment before another one locks it, and has not committed yet: it stays his."""
    now_ms = two.clock.now_ms()
    ended = Lease(role=role_of(700), token=1, holder="sleeper", until_ms=now_ms - 1)

    async def fill(books: Books) -> None:
        for number in range(1_024):
            far = Lease(role=role_of(number), token=1, holder="others", until_ms=now_ms + 2 * NUMBER_MS)
            await books.leases.save(ended if number == 700 else far)

    await Bookkeeper(two.one, two.clock).do(fill)
    renewed, commit = asyncio.Event(), asyncio.Event()

    async def renew(books: Books) -> None:
        stands = await books.leases.lock(ended.role)
        await books.leases.save(stands.renewed(now_ms=now_ms, lease_ms=NUMBER_MS))
        renewed.set()
        await commit.wait()

    renewing = asyncio.ensure_future(Bookkeeper(two.one, two.clock).do(renew))
    await renewed.wait()
    looking = asyncio.ensure_future(TakeNumber(store=two.two, holder="new")())
    waits, _ = await asyncio.wait([looking], timeout=0.3)
    commit.set()
    await renewing

    assert not waits
    assert Err(NumbersGone(now_ms + NUMBER_MS)) == await looking
