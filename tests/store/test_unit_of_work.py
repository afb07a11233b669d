"""Units of work over SQLite: what goes wrong around them, and two processes at once."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from rooms_core.domain import entries
from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import OPERATING, OUTSIDE, available
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.ports.books import Books
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_user, sols
from rooms_core.testing.clock import ManualClock
from rooms_store import engine
from rooms_store.opening import OpenBooks, open_books


async def fund(books: Books, key: str = "1") -> Result[None, None]:
    """The smallest unit of work that moves money."""
    await books.journal.post(entries.fund(OPERATING, Lamports(1), key=key))
    return Ok(None)


async def test_a_vendors_exception_becomes_a_failure(store: OpenBooks, keeper: Bookkeeper) -> None:
    """A service never sees an exception of the database, and nothing of its work stands."""

    async def work(books: Books) -> Result[None, None]:
        await fund(books)
        raise OperationalError("COMMIT", (), sqlite3.OperationalError("disk I/O error"))

    assert Err(StoreFailed("disk I/O error", retryable=True)) == await store.run(work)
    assert 0 == await keeper.balance(OPERATING)


async def test_a_nonsense_statement_fails_for_good(store: OpenBooks) -> None:
    """Time does not heal it."""

    async def work(books: Books) -> Result[None, None]:
        await books._work.connection.exec_driver_sql("SELEC")  # type: ignore[attr-defined]
        return Ok(None)

    match await store.run(work):
        case Err(StoreFailed(retryable=retryable)):
            assert not retryable
        case other:
            pytest.fail(str(other))


async def test_the_books_go_on_after_a_cancelled_unit_of_work(store: OpenBooks, keeper: Bookkeeper) -> None:
    """A caller who gives up leaves nothing behind, and no lock."""
    started = asyncio.Event()

    async def work(books: Books) -> Result[None, None]:
        await fund(books)
        started.set()
        await asyncio.sleep(60)
        return Ok(None)

    waiting = asyncio.create_task(store.run(work))
    await started.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert 0 == await keeper.balance(OPERATING)
    assert Ok(None) == await store.run(fund)


async def test_another_process_that_holds_the_lock_too_long_is_a_failure_to_be_retried(
    place: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever; the same key is simply tried again."""
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.05)
    async with open_books(place, clock) as store:
        with closing(sqlite3.connect(place, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = await store.run(fund)
            other.execute("ROLLBACK")

        assert Err(StoreFailed("database is locked", retryable=True)) == refused
        assert Ok(None) == await store.run(fund)


async def test_readers_see_the_last_commit_while_a_unit_of_work_runs(
    store: OpenBooks,
) -> None:
    """A long settlement does not stop anybody from looking, and shows nothing half done."""

    async def work(books: Books) -> Result[object, None]:
        await fund(books)
        return Ok(await store.queries.balances([OPERATING]))

    assert Ok(Ok({OPERATING: 0})) == await store.run(work)
    assert Ok({OPERATING: 1}) == await store.queries.balances([OPERATING])


async def test_an_account_full_to_the_brim_takes_no_more(keeper: Bookkeeper) -> None:
    """63 bits hold a balance, and the unit of work that would pass them is undone (I3)."""
    await keeper.people(2, each=Lamports(STORED_MAX))

    with pytest.raises(InvariantBroken, match="I3"):
        await keeper.people(4, each=Lamports(1))
    assert -STORED_MAX == await keeper.balance(OUTSIDE)


async def test_two_accounts_of_one_number_are_noticed(keeper: Bookkeeper) -> None:
    """A room with the id of a user would have his balance for its pot."""
    await keeper.people(2, each=sols("1"))

    async def forge(books: Books) -> None:
        await books._work.connection.exec_driver_sql(  # type: ignore[attr-defined]
            "UPDATE account SET kind = 3 WHERE id = 2"
        )
        await books.journal.wallets([UserId(2)])

    with pytest.raises(InvariantBroken, match="number to itself"):
        await keeper.do(forge)


ANOTHER_PROCESS = """
import asyncio, sys
from rooms_core.domain import entries
from rooms_core.domain.journal import OPERATING
from rooms_core.domain.money import Lamports
from rooms_core.result import Ok
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import open_books

async def main(place, name):
    async with open_books(place, ManualClock()) as store:
        for number in range(20):
            async def work(books):
                await books.journal.post(entries.fund(OPERATING, Lamports(1), key=f"{name}:{number}"))
                return Ok(None)
            assert await store.run(work) == Ok(None)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_write_into_the_same_books(place: Path, clock: ManualClock) -> None:
    """They wait for each other, their ids never meet, and nothing is lost."""
    async with open_books(place, clock) as store:
        others = [
            await asyncio.create_subprocess_exec(sys.executable, "-c", ANOTHER_PROCESS, str(place), name)
            for name in "ab"
        ]
        for number in range(20):
            assert Ok(None) == await store.run(partial(fund, key=f"c:{number}"))

        assert [0, 0] == [await other.wait() for other in others]
        assert Ok({OPERATING: 60}) == await store.queries.balances([OPERATING])


DYING_PROCESS = """
import asyncio, sys
from rooms_core.domain import entries
from rooms_core.domain.journal import OPERATING
from rooms_core.domain.money import Lamports
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import open_books

async def main(place):
    async with open_books(place, ManualClock()) as store:
        async def work(books):
            await books.journal.post(entries.fund(OPERATING, Lamports(1), key="lost"))
            print("written", flush=True)
            await asyncio.sleep(60)
        await store.run(work)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_that_dies_in_a_unit_of_work_leaves_nothing(place: Path, clock: ManualClock) -> None:
    """What was not committed never was, and the lock died with its owner."""
    async with open_books(place, clock) as store:
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", DYING_PROCESS, str(place), stdout=asyncio.subprocess.PIPE
        )
        assert other.stdout is not None
        assert b"written\n" == await other.stdout.readline()
        other.kill()
        await other.communicate()

        assert Ok({OPERATING: 0}) == await store.queries.balances([OPERATING])
        assert Ok(None) == await store.run(partial(fund, key="lost"))
        assert Ok({OPERATING: 1}) == await store.queries.balances([OPERATING])


async def test_a_person_joins_with_an_empty_wallet_of_two_accounts(keeper: Bookkeeper) -> None:
    """Both accounts are there from the start, so that locking them never has to make them."""
    await keeper.people(2, each=Lamports(0))

    wallet = await keeper.wallet(2)

    assert (0, 0) == (wallet.available.value, wallet.reserved.value)
    assert 0 == await keeper.balance(available(a_user(2).id))
