"""Worker numbers: no two processes have the same one at the same time."""

from __future__ import annotations

from rooms_core.domain.ids import WORKERS
from rooms_core.domain.lease import Lease
from rooms_core.ports.books import Books
from rooms_core.ports.leases import Leases
from rooms_core.result import Err, Ok, Result
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.take_number import NUMBER_MS, NumbersGone, TakeNumber, number_of, role_of
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.memory_store import MemoryStore


class Woken:
    """The leases as they are when the holder of a number wakes up and renews it just before it is locked."""

    def __init__(self, leases: Leases, number: int, now_ms: int) -> None:
        self._leases, self._number, self._now_ms = leases, number, now_ms
        self.prove, self.lock, self.save, self.like = leases.prove, leases.lock, leases.save, leases.like

    async def lock_alone(self, role: str) -> Lease:
        """Locked, after he was faster."""
        if role == role_of(self._number):
            stands = await self._leases.lock_alone(role)
            await self.save(stands.renewed(now_ms=self._now_ms, lease_ms=NUMBER_MS))
        return await self._leases.lock_alone(role)


def opened() -> Bookkeeper:
    """Empty books."""
    clock = ManualClock()
    return Bookkeeper(MemoryStore(clock), clock)


async def take(keeper: Bookkeeper, holder: str = "ann") -> Lease:
    """A number for somebody."""
    taken = await TakeNumber(store=keeper.store, holder=holder)()
    assert isinstance(taken, Ok)
    return taken.value


async def used_up(keeper: Bookkeeper) -> None:
    """All numbers are held, number 7 for the shortest time."""

    async def work(books: Books) -> None:
        for number in range(WORKERS):
            until_ms = keeper.clock.now_ms() + (1_000 if number == 7 else 2_000)
            await books.leases.save(
                Lease(role=role_of(number), token=1, holder=f"process {number}", until_ms=until_ms)
            )

    await keeper.do(work)


async def test_everybody_gets_a_number_of_his_own() -> None:
    """The lowest that was never used."""
    keeper = opened()

    assert [0, 1, 2] == [number_of(await take(keeper, name)) for name in ("ann", "bob", "cem")]


async def test_a_number_given_back_is_not_used_again_while_others_never_were() -> None:
    """The longer between two holders the better."""
    keeper = opened()
    mine = await take(keeper)
    await HoldRole(store=keeper.store, holder="ann").give_back(mine)

    assert 1 == number_of(await take(keeper))


async def test_the_one_that_ended_first_is_used_again() -> None:
    """Only once its time is over, by the database's clock; its token grows."""
    keeper = opened()
    await used_up(keeper)

    refused = await TakeNumber(store=keeper.store, holder="ann")()
    keeper.clock.advance(1_000)
    again = await take(keeper)

    assert Err(NumbersGone(NOON_MS + 1_000)) == refused
    assert (7, 2) == (number_of(again), again.token)
    assert (NOON_MS + 1_000, NOON_MS + 1_000 + NUMBER_MS) == (again.since_ms, again.until_ms)


async def test_one_that_is_renewed_at_the_last_moment_stays_with_its_holder() -> None:
    """He goes on making ids with it; whoever looked for a number has the next one."""
    keeper = opened()
    await used_up(keeper)
    now_ms = keeper.clock.advance(2_000)

    async def work(books: Books) -> Result[Lease, NumbersGone]:
        books.leases = Woken(books.leases, 7, now_ms)
        return await TakeNumber(store=keeper.store, holder="ann")._take(books)

    taken = await keeper.do(work)
    (kept,) = await keeper.do(lambda books: books.leases.like(role_of(7)))

    assert isinstance(taken, Ok)
    assert 0 == number_of(taken.value)
    assert ("process 7", 1, now_ms + NUMBER_MS) == (kept.holder, kept.token, kept.until_ms)


async def test_a_number_given_back_early_is_not_given_out_before_its_last_id() -> None:
    """Whoever had it may have made ids for the moments up to its end."""
    keeper = opened()
    await used_up(keeper)
    ahead_ms = NOON_MS + 500
    mine = Lease(role=role_of(7), token=1, holder="process 7")
    await HoldRole(store=keeper.store, holder="process 7").give_back(mine, until_ms=ahead_ms)

    assert Err(NumbersGone(ahead_ms)) == await TakeNumber(store=keeper.store, holder="ann")()
    keeper.clock.advance(500)
    assert 7 == number_of(await take(keeper))


async def test_a_clock_set_back_frees_no_number() -> None:
    """A role may then be taken from a dead holder; a number never, as its ids are dated."""
    keeper = opened()
    await used_up(keeper)
    keeper.clock.advance(hours=-2)

    assert isinstance(await TakeNumber(store=keeper.store, holder="ann")(), Err)
