"""The store in memory, as far as no other store does the same: it fails and dies when told to."""

from __future__ import annotations

import asyncio

import pytest

from rooms_core.domain import entries
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.journal import available, reserved
from rooms_core.ports.books import Books
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory.undo import Crashed
from rooms_core.testing.memory_store import Fate, MemoryStore

ANN = UserId(2)
RESERVE = entries.reserve(WithdrawalId(900), ANN, sols("3"))


async def reserve(books: Books) -> Result[bool, str]:
    """Three SOL are reserved, once."""
    return Ok(await books.journal.post(RESERVE))


async def look(books: Books) -> Result[int, str]:
    """How much is reserved."""
    return Ok(await books.journal.balance(reserved(ANN)))


@pytest.fixture
async def store() -> MemoryStore:
    """A store in which Ann has ten SOL."""
    clock = ManualClock()
    store = MemoryStore(clock)
    await Bookkeeper(store, clock).people(ANN, each=sols("10"))
    return store


async def test_a_commit_that_failed_wrote_nothing(store: MemoryStore) -> None:
    """The caller may try again, and then it is done."""
    store.plan(Fate.FAILED)

    failed = await store.run(reserve)

    assert isinstance(failed, Err)
    assert isinstance(failed.why, StoreFailed)
    assert failed.why.retryable
    assert [Ok(0), Ok(True), Ok(sols("3").value)] == [
        await store.run(look),
        await store.run(reserve),
        await store.run(look),
    ]


async def test_a_lost_answer_leaves_the_effect(store: MemoryStore) -> None:
    """The key tells the second try that the first one stands (reliability 3.3)."""
    store.plan(Fate.UNKNOWN)

    assert isinstance(await store.run(reserve), Err)
    assert [Ok(False), Ok(sols("3").value)] == [await store.run(reserve), await store.run(look)]


async def test_work_may_run_again(store: MemoryStore) -> None:
    """After a serialization failure the whole of it is repeated; its first writes never were."""
    runs = []

    async def work(books: Books) -> Result[bool, str]:
        runs.append(await books.journal.balance(reserved(ANN)))
        return await reserve(books)

    store.plan(Fate.AGAIN, Fate.AGAIN)

    assert Ok(True) == await store.run(work)
    assert [0, 0, 0] == runs
    assert Ok(sols("3").value) == await store.run(look)


async def test_a_plan_counts_units_of_work_that_would_commit(store: MemoryStore) -> None:
    """Refusals have no COMMIT that could fail; DONE lets one pass."""

    async def refuse(_books: Books) -> Result[None, str]:
        return Err("no")

    store.plan(Fate.DONE, Fate.FAILED)

    assert Err("no") == await store.run(refuse)
    assert Ok(0) == await store.run(look)
    assert isinstance(await store.run(look), Err)
    assert Ok(0) == await store.run(look)


async def test_the_process_dies_at_every_write(store: MemoryStore) -> None:
    """Before COMMIT nothing happened, after it everything did, whatever the write (I5)."""
    await store.run(reserve)
    writes, died = store.writes, 0
    clock = ManualClock()
    for place in range(writes + 1):
        fresh = MemoryStore(clock)
        await Bookkeeper(fresh, clock).people(ANN, each=sols("10"))
        fresh.crash_after(place)
        with pytest.raises(Crashed):
            await fresh.run(reserve)
        died += 1
        done = Ok(sols("3").value) if place == writes else Ok(0)
        assert done == await fresh.run(look)
        assert Ok(place < writes) == await fresh.run(reserve)
        assert Ok(sols("3").value) == await fresh.run(look)

    assert writes + 1 == died > 3


async def test_a_crash_is_planned_once(store: MemoryStore) -> None:
    """The next unit of work is not harmed, even if the first one refused before it died."""

    async def refuse(_books: Books) -> Result[None, str]:
        return Err("no")

    store.crash_after(1)

    assert Err("no") == await store.run(refuse)
    assert Ok(True) == await store.run(reserve)


async def test_commits_and_writes_are_counted(store: MemoryStore) -> None:
    """A unit of work that only looked is a commit without writes."""
    before = store.commits

    await store.run(look)

    assert (before + 1, 0) == (store.commits, store.writes)


async def test_a_busy_store_lets_everybody_wait(store: MemoryStore) -> None:
    """As while another unit of work is at the database."""
    async with store.busy():
        waiting = asyncio.ensure_future(store.run(reserve))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()

    assert Ok(True) == await waiting


async def test_a_unit_of_work_inside_a_unit_of_work_is_a_bug(store: MemoryStore) -> None:
    """It would wait for itself for ever, so it says so at once, and the outer one is undone."""

    async def nested(books: Books) -> Result[int, str | StoreFailed]:
        await reserve(books)
        return await store.run(look)

    with pytest.raises(RuntimeError, match="inside"):
        await store.run(nested)
    assert Ok(0) == await store.run(look)


async def test_two_tasks_take_turns(store: MemoryStore) -> None:
    """The second one begins when the first has committed."""
    order: list[str] = []

    async def turn(name: str) -> None:
        async def work(books: Books) -> Result[None, str]:
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            await books.journal.balance(available(ANN))
            order.append(f"{name} ends")
            return Ok(None)

        await store.run(work)

    await asyncio.gather(turn("a"), turn("b"))

    assert ["a begins", "a ends", "b begins", "b ends"] == order
