"""Announce: drain the outbox into the notifier, at least once each, a user's notices in their order.

Several announcers may run, in several processes. Each takes a block in one unit of work (that hides it from the
others), delivers outside of any, and records in another one what became of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rooms_core.domain.events import BUCKETS, Notice
from rooms_core.domain.ids import UserId
from rooms_core.ports.books import Books
from rooms_core.ports.clock import Clock
from rooms_core.ports.notifier import Notifier, NotifyFailed
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result

HIDE_MS: Final = 60_000
"""For so long a taken notice is nobody else's; after a crash of its announcer another one has it then."""
WAIT_FIRST_MS: Final = 2_000
WAIT_LONGEST_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Announced:
    """How many notices were delivered, how many will be tried again, and how many were given up."""

    delivered: int
    again: int
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Deliver waiting notices. A crash between delivery and record delivers again: `Notice.id` tells it.

    A notice becomes a dead letter after `tries_max` tries, or at once when the notifier says that it never can be
    delivered. Between tries it waits, each time longer. Deliveries are begun only in the first half of `hide_ms`, so
    that no two living announcers deliver the same notice while a delivery takes less than the other half.
    """

    store: Store
    notifier: Notifier
    clock: Clock
    block: int = 100
    tries_max: int = 10
    hide_ms: int = HIDE_MS

    async def __call__(self) -> Result[Announced, StoreFailed]:
        """Deliver one block of notices, oldest first; each call begins with another bucket, by the clock."""
        begun_ms = self.clock.now_ms()
        first = begun_ms % BUCKETS
        buckets = [(first + step) % BUCKETS for step in range(BUCKETS)]

        async def take(books: Books) -> Result[list[Notice], StoreFailed]:
            now_ms = await books.now_ms()
            return Ok(await books.outbox.take(buckets, self.block, now_ms=now_ms, hide_ms=self.hide_ms))

        # Its commit is a fence too: what the notices tell of is as durable as the word that they were taken.
        taken = await self.store.run(take)
        if isinstance(taken, Err):
            return taken
        if not taken.value:
            return Ok(Announced(0, 0, 0))
        told = await self._deliver(taken.value, begun_ms)

        async def record(books: Books) -> Result[Announced, StoreFailed]:
            now_ms = await books.now_ms()
            await books.outbox.done(told.done)
            await books.outbox.untried(told.untried)
            for notice, failed in told.again:
                wait_ms = max(wait_after(notice.tries), failed.wait_ms)
                await books.outbox.again([notice], at_ms=now_ms + wait_ms, why=failed.message)
            for notice, failed in told.dead:
                await books.outbox.bury([notice], why=failed.message)
            return Ok(Announced(len(told.done), len(told.again), len(told.dead)))

        return await self.store.run(record)

    async def _deliver(self, taken: Sequence[Notice], begun_ms: int) -> _Told:
        told = _Told()
        waits: set[UserId] = set()
        for notice in sorted(taken, key=lambda each: each.id):
            in_time = 0 <= self.clock.now_ms() - begun_ms < self.hide_ms // 2
            if notice.event.user in waits or not in_time:
                told.untried.append(notice)
                continue
            if notice.tries > self.tries_max:
                told.dead.append((notice, NotifyFailed(f"begun {self.tries_max} times and never ended")))
                continue
            delivered = await self.notifier.deliver(notice)
            if not isinstance(delivered, Err):
                told.done.append(notice)
            elif delivered.why.retryable and notice.tries < self.tries_max:
                told.again.append((notice, delivered.why))
                waits.add(notice.event.user)
            else:
                told.dead.append((notice, delivered.why))
        return told


def wait_after(tries: int) -> int:
    """How long (ms) a notice waits after so many tries: twice as long each time, from 2 s up to an hour."""
    return min(WAIT_FIRST_MS << min(tries - 1, 20), WAIT_LONGEST_MS)


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of a block."""

    done: list[Notice] = field(default_factory=list)
    again: list[tuple[Notice, NotifyFailed]] = field(default_factory=list)
    dead: list[tuple[Notice, NotifyFailed]] = field(default_factory=list)
    untried: list[Notice] = field(default_factory=list)
