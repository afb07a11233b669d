"""Announce: drain the outbox into the notifier, at least once each."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.events import Notice
from rooms_core.ports.books import Books
from rooms_core.ports.notifier import Notifier
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True)
class Announced:
    """How many notices were delivered, how many will be tried again, and how many were given up."""

    delivered: int
    again: int
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Deliver waiting notices. A crash between delivery and record delivers again: `Notice.id` tells it.

    A notice is given up after `tries_max` failures, or at once when the notifier says it never can be delivered.
    """

    store: Store
    notifier: Notifier
    block: int = 100
    tries_max: int = 10

    async def __call__(self) -> Result[Announced, StoreFailed]:
        """Deliver one block of notices, oldest first."""

        async def take(books: Books) -> Result[list[Notice], StoreFailed]:
            return Ok(await books.outbox.take(self.block))

        taken = await self.store.run(take)
        if isinstance(taken, Err):
            return taken
        done: list[int] = []
        again: list[int] = []
        dead: list[int] = []
        for notice in taken.value:
            delivered = await self.notifier.deliver(notice)
            if not isinstance(delivered, Err):
                done.append(notice.id)
            elif delivered.why.retryable and notice.tries + 1 < self.tries_max:
                again.append(notice.id)
            else:
                dead.append(notice.id)

        async def record(books: Books) -> Result[Announced, StoreFailed]:
            await books.outbox.done(done)
            await books.outbox.failed(again, dead=False)
            await books.outbox.failed(dead, dead=True)
            return Ok(Announced(len(done), len(again), len(dead)))

        return await self.store.run(record)
