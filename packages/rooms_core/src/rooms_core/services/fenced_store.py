"""The store of one role: the database refuses every unit of work of whoever has lost it. No use case by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from rooms_core.domain.lease import Lease
from rooms_core.ports.books import Books
from rooms_core.ports.store import LeaseLost, Store, StoreFailed, mark
from rooms_core.result import Err, Result

T = TypeVar("T")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class FencedStore:
    """Implements `ports.store.Store` for one role: every unit of work first proves in the database that it is ours.

    Until it ends nobody else can take the role, so that what it writes is written by the holder; one that comes too
    late, by the token or by the clock, fails with `LeaseLost` and has written nothing.
    """

    store: Store
    lease: Lease

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work` if the role is ours."""

        async def fenced(books: Books) -> Result[T, E | StoreFailed]:
            stands = await books.leases.prove(self.lease.role)
            if not stands.proves(self.lease):
                return Err(lost(self.lease, stands))
            if not stands.held(await books.now_ms()):
                return Err(_lost(self.lease, "its time is over"))
            return await work(books)

        return await self.store.run(fenced)

    async def fence(self) -> Result[None, StoreFailed]:
        """A fence that only the holder can raise."""
        return await self.run(mark)


def lost(mine: Lease, stands: Lease) -> LeaseLost:
    """Why a role is not ours any more."""
    if stands.holder is None:
        return _lost(mine, f"nobody holds it, its token is {stands.token}")
    return _lost(mine, f"{stands.holder} took it with token {stands.token}")


def _lost(mine: Lease, why: str) -> LeaseLost:
    return LeaseLost(f"{mine.role} with token {mine.token} is lost: {why}", role=mine.role, token=mine.token)
