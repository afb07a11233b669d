"""The leases inside one unit of work: who has the roles that only one may have (one settler, one sender)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rooms_core.domain.lease import Lease


class Leases(Protocol):
    """The roles and who has them. A role that was never taken stands with token 0 and no holder.

    Leases are locked before all other rows. Three locks, so that a long unit of work of the holder neither stops his
    own renewals nor lets anybody else take the role before it has ended.
    """

    async def prove(self, role: str) -> Lease:
        """Read a role as it stands; nobody takes it before this unit of work ends, but it can be renewed meanwhile."""
        ...

    async def lock(self, role: str) -> Lease:
        """Lock a role to renew it: another renewal waits, units of work that have proved it do not."""
        ...

    async def lock_alone(self, role: str) -> Lease:
        """Lock a role to change its hands: waits for every unit of work that has proved it."""
        ...

    async def save(self, lease: Lease) -> None:
        """Write a locked role."""
        ...

    async def like(self, prefix: str) -> Sequence[Lease]:
        """The roles whose name begins so, by name, without locks; only those that were taken at least once."""
        ...
