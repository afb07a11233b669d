"""The listed instruments in SQL: a row for each revision, append-only."""

from __future__ import annotations

import attrs
from sqlalchemy import func, select

from rooms_core.domain.listing import Listing, ListingRevision
from rooms_store.dialect import insert_new
from rooms_store.records import read_record, write_record
from rooms_store.rows import AnyRow
from rooms_store.side_tables import instrument
from rooms_store.work import Work


@attrs.frozen
class SqlListings:
    """Implements `ports.listings.Listings`."""

    _work: Work

    async def add(self, revision: ListingRevision) -> bool:
        """Write a revision down, unless there is one with this number."""
        row = {
            "name": revision.listing.name,
            "number": revision.number,
            "listing": write_record(Listing, revision.listing),
            "listed_by": revision.by,
            "at_ms": revision.at_ms,
            "reason": revision.reason,
            "unprobed": int(revision.unprobed),
        }
        return bool(await self._work.write(insert_new(instrument).values(row)))

    async def newest(self) -> list[ListingRevision]:
        """The revision in force of each instrument, by name."""
        last = select(instrument.c.name, func.max(instrument.c.number).label("number")).group_by(
            instrument.c.name
        )
        newest = last.subquery("newest")
        here = (instrument.c.name == newest.c.name) & (instrument.c.number == newest.c.number)
        rows = await self._work.rows(select(instrument).join(newest, here))
        return sorted([_revision(row) for row in rows], key=lambda each: each.listing.name)

    async def history(self, name: str) -> list[ListingRevision]:
        """All revisions of one instrument, oldest first."""
        wanted = select(instrument).where(instrument.c.name == name).order_by(instrument.c.number)
        return [_revision(row) for row in await self._work.rows(wanted)]

    async def count(self) -> int:
        """How many revisions there are."""
        (row,) = await self._work.rows(select(func.count().label("revisions")).select_from(instrument))
        return int(row.revisions)


def _revision(row: AnyRow) -> ListingRevision:
    return ListingRevision(
        listing=read_record(Listing, row.listing),
        number=row.number,
        by=row.listed_by,
        at_ms=row.at_ms,
        reason=row.reason,
        unprobed=bool(row.unprobed),
    )
