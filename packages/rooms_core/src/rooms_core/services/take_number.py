"""Take a worker number: the ten bits by which the ids of one process differ from those of all others (decision E4).

A number is leased like a role. Ids are made only for moments inside of the lease, and a number is given out again
only when its last lease is over: so no id is made twice, whatever the processes' clocks show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rooms_core.domain.ids import WORKERS
from rooms_core.domain.lease import LONGEST_MS, Lease
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result

PREFIX: Final = "worker:"
_GATE: Final = "workers"
"""Whoever takes a number locks this role, so that no two look for one at the same time."""
NUMBER_MS: Final = LONGEST_MS
"""Long, as nobody waits for a certain number, and a process may be idle for a while."""


@dataclass(frozen=True, slots=True)
class NumbersGone:
    """All 1,024 numbers are in use; the first one is free again at `free_at_ms`."""

    free_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeNumber:
    """Take a number nobody has: one never used, else the one whose last lease ended first. Refuses with `NumbersGone`.

    `holder`: a name that no other process has.
    """

    store: Store
    holder: str
    lease_ms: int = NUMBER_MS

    async def __call__(self) -> Result[Lease, NumbersGone | StoreFailed]:
        """The lease of the number, which `number_of` tells."""
        return await self.store.run(self._take)

    async def _take(self, books: Books) -> Result[Lease, NumbersGone]:
        await books.leases.lock_alone(_GATE)
        stands = await _longest_over(books)
        now_ms = await books.now_ms()
        mine = stands.taken(self.holder, now_ms=now_ms, lease_ms=self.lease_ms)
        if mine is None or stands.until_ms > now_ms:
            return Err(NumbersGone(stands.until_ms))
        await books.leases.save(mine)
        return Ok(mine)


async def _longest_over(books: Books) -> Lease:
    """The number to take if any, locked: one never used, else the one whose lease ends first.

    Its last holder may wake up and renew it before it is locked; then it is looked for again. What is locked stays
    as it is, so that there is an end to this.
    """
    while True:
        known = await books.leases.like(PREFIX)
        first = min(known, key=lambda lease: (lease.until_ms, lease.role), default=None)
        if first is None or len(known) < WORKERS:
            used = {number_of(lease) for lease in known}
            first = Lease(role=role_of(next(each for each in range(WORKERS) if each not in used)))
        if first == await books.leases.lock_alone(first.role):
            return first


def role_of(number: int) -> str:
    """The role that a worker number is."""
    return f"{PREFIX}{number:04}"


def number_of(lease: Lease) -> int:
    """The worker number of a lease."""
    return int(lease.role.removeprefix(PREFIX))
