"""Hold a role that only one process may have: take it, renew it, give it back."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.lease import LEASE_MS, Lease
from rooms_core.ports.books import Books
from rooms_core.ports.store import LeaseLost, Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.fenced_store import lost


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """Somebody else has the role until `until_ms`, unless he renews it."""

    role: str
    holder: str
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRole:
    """Take, renew and give back a role, each in a unit of work of its own. `holder`: a name no other process has.

    Whether a lease is over is judged by the unit of work's clock (decision E8).
    """

    store: Store
    holder: str
    lease_ms: int = LEASE_MS

    async def take(self, role: str) -> Result[Lease, RoleHeld | StoreFailed]:
        """Take a role under a new token. Refuses with `RoleHeld` while another has it."""

        async def work(books: Books) -> Result[Lease, RoleHeld]:
            stands = await books.leases.lock_alone(role)
            now_ms = await books.now_ms()
            mine = stands.taken(self.holder, now_ms=now_ms, lease_ms=self.lease_ms)
            if mine is None:
                return Err(RoleHeld(role, stands.holder or "", stands.until_ms))
            await books.leases.save(mine)
            return Ok(mine)

        return await self.store.run(work)

    async def renew(self, mine: Lease) -> Result[Lease, StoreFailed]:
        """Hold a role for longer. Fails with `LeaseLost` once somebody else has taken it."""

        async def work(books: Books) -> Result[Lease, LeaseLost]:
            stands = await books.leases.lock(mine.role)
            if not stands.proves(mine):
                return Err(lost(mine, stands))
            renewed = stands.renewed(now_ms=await books.now_ms(), lease_ms=self.lease_ms)
            await books.leases.save(renewed)
            return Ok(renewed)

        return await self.store.run(work)

    async def give_back(self, mine: Lease, *, until_ms: int | None = None) -> Result[None, StoreFailed]:
        """Let another one have a role at once; nothing happens if one has it already.

        `until_ms` is what to note as the end of our time, if not now.
        """

        async def work(books: Books) -> Result[None, StoreFailed]:
            stands = await books.leases.lock_alone(mine.role)
            if stands.proves(mine):
                ended_ms = await books.now_ms() if until_ms is None else until_ms
                await books.leases.save(stands.given_back(ended_ms))
            return Ok(None)

        return await self.store.run(work)
