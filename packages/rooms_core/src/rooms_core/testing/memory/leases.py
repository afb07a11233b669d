"""The leases in memory: one unit of work at a time is lock enough."""

from __future__ import annotations

from rooms_core.domain.lease import Lease
from rooms_core.testing.memory.tables import Tables


class MemoryLeases:
    """Implements `ports.leases.Leases`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def prove(self, role: str) -> Lease:
        """A role as it stands."""
        return self._tables.leases.get(role) or Lease(role=role)

    async def lock(self, role: str) -> Lease:
        """A role as it stands."""
        return await self.prove(role)

    async def lock_alone(self, role: str) -> Lease:
        """A role as it stands."""
        return await self.prove(role)

    async def save(self, lease: Lease) -> None:
        """Write a role."""
        self._tables.leases.put(lease.role, lease)

    async def like(self, prefix: str) -> list[Lease]:
        """The roles whose name begins so, by name."""
        leases = self._tables.leases
        return [leases[role] for role in sorted(leases) if role.startswith(prefix)]
