"""Rows sent into tables while others are worked out, on a real server."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import OUTSIDE, Posting, PostingKind, available
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.ports.books import Books
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_store.copies import SENT
from rooms_store.opening import open_books

if TYPE_CHECKING:
    from rooms_store.testing.postgres import PostgresServer


@pytest.fixture
async def served(postgres_server: PostgresServer) -> AsyncIterator[Bookkeeper]:
    """Books on a PostgreSQL server, where rows are copied in beside what goes on."""
    clock = ManualClock()
    async with open_books(postgres_server.fresh_database(), clock) as store:
        yield Bookkeeper(store, clock)


def paid(count: int) -> list[Posting]:
    """So many lamports for one user, each by itself."""
    return [Posting(PostingKind.DEPOSIT, OUTSIDE, available(UserId(2)), Lamports(1))] * count


async def test_thousands_of_rows_arrive_before_balances_move(served: Bookkeeper) -> None:
    """What was copied in, what was on its way, and what was still waiting for more of its kind all count."""
    await served.people(2, each=ZERO)

    async def work(books: Books) -> None:
        writer = await books.journal.write("settle:1")
        assert writer is not None
        for _ in range(3):
            await writer.add(paid(SENT - 1))
        assert not gc.isenabled()
        await writer.close()

    await served.do(work)

    assert 3 * (SENT - 1) == await served.balance(available(UserId(2)))
    assert gc.isenabled()


async def test_rows_on_their_way_are_gone_with_their_unit_of_work(served: Bookkeeper) -> None:
    """An error in the middle waits for what is under way, leaves nothing, and the next one finds all as it was."""
    await served.people(2, each=ZERO)

    async def work(books: Books) -> None:
        writer = await books.journal.write("settle:1")
        assert writer is not None
        await writer.add(paid(SENT))
        raise LookupError

    with pytest.raises(LookupError):
        await served.do(work)

    assert 0 == await served.balance(available(UserId(2)))
    assert gc.isenabled()


async def test_rows_that_are_refused_fail_their_unit_of_work(served: Bookkeeper) -> None:
    """The table refuses what was copied while others were worked out: it is noticed before anything is committed."""
    await served.people(2, each=ZERO)
    twice = Event(kind=EventKind.ROOM_SETTLED, user=UserId(2), ref=1)

    async def work(books: Books) -> None:
        await books.outbox.add_new([twice] * SENT)
        await books.outbox.add_new([])

    with pytest.raises(InvariantBroken, match="I5"):
        await served.do(work)

    assert [] == await served.do(lambda books: books.outbox.waiting(5))
