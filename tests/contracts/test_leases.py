"""The promises of `ports.leases.Leases` and of `Store.fence`, under the services that are built on them."""

from __future__ import annotations

import asyncio

from rooms_core.domain.ids import WORKERS
from rooms_core.domain.lease import LEASE_MS, Lease
from rooms_core.ports.books import Books
from rooms_core.ports.store import LeaseLost
from rooms_core.result import Err, Ok
from rooms_core.services.fenced_store import FencedStore
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.take_number import NumbersGone, TakeNumber, number_of, role_of
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_user


async def taken(keeper: Bookkeeper, holder: str, role: str = "settler") -> Lease:
    """A role in the hands of `holder`."""
    answer = await HoldRole(store=keeper.store, holder=holder).take(role)
    assert isinstance(answer, Ok), answer
    return answer.value


async def test_a_role_nobody_ever_took_stands_free(keeper: Bookkeeper) -> None:
    """Whichever lock is asked for; and it is not listed."""
    free = Lease(role="settler")

    assert free == await keeper.do(lambda books: books.leases.prove("settler"))
    assert free == await keeper.do(lambda books: books.leases.lock("settler"))
    assert free == await keeper.do(lambda books: books.leases.lock_alone("settler"))
    assert [] == list(await keeper.do(lambda books: books.leases.like("s")))


async def test_what_was_saved_is_read(keeper: Bookkeeper) -> None:
    """Every field; a role given back has no holder."""
    mine = Lease(role="settler", token=7, holder="ann é", since_ms=5, until_ms=9)

    async def save(books: Books) -> None:
        stands = await books.leases.lock_alone("settler")
        assert 0 == stands.token
        await books.leases.save(mine)
        assert mine == await books.leases.prove("settler")

    await keeper.do(save)
    assert mine == await keeper.do(lambda books: books.leases.lock("settler"))
    await keeper.do(lambda books: books.leases.save(mine.given_back(8)))
    assert mine.given_back(8) == await keeper.do(lambda books: books.leases.prove("settler"))


async def test_roles_are_listed_by_how_their_names_begin(keeper: Bookkeeper) -> None:
    """In the order of their names; a sign that databases give a meaning to is only a sign."""
    for role in ("desk:0002", "desk:0001", "desks", "d_sk", "settler"):
        await taken(keeper, "ann", role)

    async def names(prefix: str) -> list[str]:
        return [lease.role for lease in await keeper.do(lambda books: books.leases.like(prefix))]

    assert ["desk:0001", "desk:0002"] == await names("desk:")
    assert ["d_sk", "desk:0001", "desk:0002", "desks"] == await names("d")
    assert ["settler"] == [role for role in await names("") if role[0] not in "dw"]
    assert ["d_sk"] == await names("d_")
    assert [] == await names("%")


async def test_a_refused_taking_leaves_the_role_as_it_was(keeper: Bookkeeper) -> None:
    """All or nothing, as with every row."""
    mine = await taken(keeper, "ann")

    async def steal(books: Books) -> None:
        await books.leases.save(Lease(role="settler", token=9, holder="bob"))

    await keeper.undo(steal)

    assert mine == await keeper.do(lambda books: books.leases.prove("settler"))


async def test_of_many_who_want_a_role_at_once_one_gets_it(keeper: Bookkeeper) -> None:
    """Also of a role that nobody ever had."""
    wanting = [HoldRole(store=keeper.store, holder=f"process {number}") for number in range(5)]

    answers = await asyncio.gather(*(each.take("settler") for each in wanting))

    (lease,) = (answer.value for answer in answers if isinstance(answer, Ok))
    assert 1 == lease.token
    assert lease == await keeper.do(lambda books: books.leases.prove("settler"))


async def test_a_zombies_write_is_refused(keeper: Bookkeeper) -> None:
    """He was overtaken while he stood still; what he would have written is not there."""
    ann = await taken(keeper, "ann")
    keeper.clock.advance(LEASE_MS)
    bob = await taken(keeper, "bob")

    async def join(books: Books) -> Ok[bool]:
        return Ok(await books.users.add(a_user(4)))

    late = await FencedStore(keeper.store, ann).run(join)

    assert isinstance(late, Err)
    assert isinstance(late.why, LeaseLost)
    assert ("settler", 1) == (late.why.role, late.why.token)
    assert await keeper.do(lambda books: books.users.get(a_user(4).id)) is None
    assert Ok(True) == await FencedStore(keeper.store, bob).run(join)


async def test_a_fence_is_a_commit(keeper: Bookkeeper) -> None:
    """It can be raised again and again, and by a role's holder only while he holds it."""
    mine = await taken(keeper, "ann")

    assert [Ok(None)] * 3 == [await keeper.store.fence() for _ in range(3)]
    assert Ok(None) == await FencedStore(keeper.store, mine).fence()
    keeper.clock.advance(LEASE_MS)
    assert isinstance(await FencedStore(keeper.store, mine).fence(), Err)


async def test_no_two_processes_get_the_same_number(keeper: Bookkeeper) -> None:
    """However many ask at once."""
    before = {number_of(lease) for lease in await keeper.do(lambda books: books.leases.like("worker:"))}
    asking = [TakeNumber(store=keeper.store, holder=f"process {number}") for number in range(6)]

    answers = await asyncio.gather(*(each() for each in asking))

    numbers = [number_of(answer.value) for answer in answers if isinstance(answer, Ok)]
    assert 6 == len(numbers) == len(set(numbers) - before)


async def test_numbers_end_and_are_used_again(keeper: Bookkeeper) -> None:
    """All 1,024 in use is a refusal that says when the first one is free; then it is that one, under a new token."""
    now_ms = keeper.clock.now_ms()

    async def use_up(books: Books) -> None:
        for number in range(WORKERS):
            until_ms = now_ms + (5 if number == 700 else 50)
            await books.leases.lock_alone(role_of(number))
            await books.leases.save(
                Lease(role=role_of(number), token=3, holder=f"process {number}", until_ms=until_ms)
            )

    await keeper.do(use_up)
    asking = TakeNumber(store=keeper.store, holder="ann")

    assert Err(NumbersGone(now_ms + 5)) == await asking()
    keeper.clock.advance(5)
    again = await asking()

    assert isinstance(again, Ok)
    assert (700, 4) == (number_of(again.value), again.value.token)
