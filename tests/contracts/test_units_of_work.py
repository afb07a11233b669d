"""The promises of `ports.store.Store`: all or nothing, one after another, judged by the time after the lock."""

from __future__ import annotations

import asyncio

import pytest

from rooms_core.domain import entries
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.journal import available, pot
from rooms_core.domain.money import Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_market_state, a_reading, a_room, a_user, sols

ROOM = a_room()
ANN = a_user(2)


async def everything(books: Books) -> None:
    """Write into every table there is."""
    await books.users.add(a_user(4))
    await books.rooms.add(a_room(1_002))
    await books.rooms.save(a_room(status=RoomStatus.OPEN), was=RoomStatus.QUEUING)
    await books.bets.place([a_bet(104, 2, "NO", sols("1"))])
    await books.journal.post(entries.reserve(WithdrawalId(900), ANN.id, sols("1")))
    await books.markets.save([a_market_state(a_reading(1))])
    await books.outbox.add([Event(kind=EventKind.ROOM_OPENED, user=ANN.id, ref=104)])


async def all_rows(books: Books) -> list[object]:
    """All that `everything` could have changed, as the books show it."""
    return [
        await books.users.get(a_user(4).id),
        await books.rooms.find(list(RoomStatus)),
        await books.bets.pool_until(ROOM.id, late_after_ms=None),
        await books.bets.players(ROOM.id),
        await books.journal.wallets([ANN.id]),
        await books.journal.balance(pot(ROOM.id)),
        await books.markets.lock(["SOL/USD"]),
        await books.outbox.waiting(10),
    ]


@pytest.fixture
async def begun(keeper: Bookkeeper) -> Bookkeeper:
    """A store with one person, one room and one bet."""
    await keeper.people(2, each=sols("10"))
    await keeper.opened(ROOM, a_bet(102, 2, "YES", sols("1")))
    return keeper


async def test_ok_commits(begun: Bookkeeper) -> None:
    """What a unit of work wrote stands for all later ones."""
    before = await begun.do(all_rows)

    async def work(books: Books) -> list[object]:
        await everything(books)
        return await all_rows(books)

    after = await begun.do(work)

    assert before != after
    assert after == await begun.do(all_rows)


async def test_err_rolls_everything_back(begun: Bookkeeper) -> None:
    """A refusal leaves the books as they were, whatever was written before it."""
    before = await begun.do(all_rows)

    await begun.undo(everything)

    assert before == await begun.do(all_rows)


async def test_an_exception_rolls_everything_back_and_goes_on(begun: Bookkeeper) -> None:
    """A bug leaves no trace in the books, and is not swallowed."""
    before = await begun.do(all_rows)

    async def work(books: Books) -> None:
        await everything(books)
        raise LookupError("a bug")

    with pytest.raises(LookupError, match="a bug"):
        await begun.do(work)
    assert before == await begun.do(all_rows)


async def test_a_cancelled_unit_of_work_leaves_no_trace(begun: Bookkeeper) -> None:
    """Whoever gives up waiting in the middle has done nothing, and holds nobody up."""
    before = await begun.do(all_rows)
    reached = asyncio.Event()

    async def work(books: Books) -> None:
        await everything(books)
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(begun.do(work))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert before == await begun.do(all_rows)


async def test_a_unit_of_work_sees_its_own_writes(begun: Bookkeeper) -> None:
    """What was written is read back before it is committed."""

    async def work(books: Books) -> int:
        await books.journal.post(entries.reserve(WithdrawalId(900), ANN.id, sols("4")))
        return await books.journal.balance(available(ANN.id))

    assert sols("5").value == await begun.undo(work)


async def test_a_refusal_answers_as_it_was_given(keeper: Bookkeeper) -> None:
    """`Err` comes back untouched."""

    async def work(_books: Books) -> Result[None, str]:
        return Err("no")

    assert Err("no") == await keeper.store.run(work)


async def test_two_units_of_work_on_one_account_happen_one_after_the_other(begun: Bookkeeper) -> None:
    """Two who each want all of a balance do not both get it."""

    async def take_all(number: int) -> Result[bool, None]:
        async def work(books: Books) -> Result[bool, None]:
            has = (await books.journal.wallets([ANN.id]))[ANN.id].available
            await asyncio.sleep(0)
            if not has:
                return Ok(False)
            return Ok(await books.journal.post(entries.reserve(WithdrawalId(number), ANN.id, has)))

        answer = await begun.store.run(work)
        assert isinstance(answer, Ok)
        return answer

    answers = await asyncio.gather(take_all(900), take_all(902), take_all(904))

    assert 1 == sum(answer.value for answer in answers if isinstance(answer, Ok))
    assert Lamports(9_000_000_000) == (await begun.wallet(2)).reserved


async def test_the_time_is_read_after_the_lock(begun: Bookkeeper) -> None:
    """Whoever had to wait for a room is judged by the time at which he got it (decision E8)."""
    holds = asyncio.Event()

    async def first(books: Books) -> int:
        await books.rooms.lock([ROOM.id])
        holds.set()
        for _ in range(3):
            await asyncio.sleep(0)
        return begun.clock.advance(seconds=5)

    async def second(books: Books) -> int:
        await books.rooms.lock([ROOM.id])
        return await books.now_ms()

    slow = asyncio.ensure_future(begun.do(first))
    await holds.wait()

    assert await begun.do(second) == await slow == begun.clock.now_ms()
