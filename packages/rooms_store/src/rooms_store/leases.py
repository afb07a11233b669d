"""The leases in SQL: a row for each role, made when it is first asked for, and locked in one of three strengths."""

from __future__ import annotations

from typing import Any

import attrs
from sqlalchemy import Row, Select, func, select

from rooms_core.domain.lease import Lease
from rooms_store.dialect import insert_new, locked, locked_alone, proved, upsert
from rooms_store.lease_tables import fence, lease
from rooms_store.work import Work


@attrs.frozen
class SqlLeases:
    """Implements `ports.leases.Leases`."""

    _work: Work

    async def prove(self, role: str) -> Lease:
        """KEY SHARE: compatible with a renewal, which changes no key, and not with a change of hands."""
        return await self._read(role, proved(_row(role)))

    async def lock(self, role: str) -> Lease:
        """NO KEY UPDATE: excludes other renewals."""
        return await self._read(role, locked(_row(role)))

    async def lock_alone(self, role: str) -> Lease:
        """UPDATE: waits for all the others."""
        return await self._read(role, locked_alone(_row(role)))

    async def save(self, lease_: Lease) -> None:
        """Write a locked role."""
        await self._work.write(upsert(lease, {"role": lease_.role, **_values(lease_)}))

    async def like(self, prefix: str) -> list[Lease]:
        """The roles whose name begins so, by name, as the database sorts bytes."""
        begins = func.substr(lease.c.role, 1, len(prefix)) == prefix
        found = await self._work.rows(select(lease).where(begins, lease.c.token > 0))
        return sorted(map(_lease, found), key=lambda each: each.role)

    async def _read(self, role: str, locking: Select[Any]) -> Lease:
        row = await self._work.first(locking)
        if row is None:
            new = Lease(role=role)
            await self._work.write(insert_new(lease).values(role=role, **_values(new)))
            row = await self._work.first(locking)
        return Lease(role=role) if row is None else _lease(row)


async def write_mark(work: Work) -> None:
    """Write the mark of this process, by its worker number, for a fence."""
    await work.write(upsert(fence, {"worker": work.worker, "at_ms": await work.dated_ms()}))


def _row(role: str) -> Select[Any]:
    return select(lease).where(lease.c.role == role)


def _values(each: Lease) -> dict[str, Any]:
    """A lease's row, without its role."""
    return {
        "token": each.token,
        "holder": each.holder,
        "since_ms": each.since_ms,
        "until_ms": each.until_ms,
    }


def _lease(row: Row[Any]) -> Lease:
    return Lease(
        role=row.role, token=row.token, holder=row.holder, since_ms=row.since_ms, until_ms=row.until_ms
    )
