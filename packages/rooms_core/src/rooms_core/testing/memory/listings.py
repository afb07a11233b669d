"""The listed instruments in memory."""

from __future__ import annotations

from rooms_core.domain.listing import ListingRevision
from rooms_core.testing.memory.tables import Tables


class MemoryListings:
    """Implements `ports.listings.Listings`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, revision: ListingRevision) -> bool:
        """Write a revision down, unless there is one with this number."""
        key = (revision.listing.name, revision.number)
        if key in self._tables.listings:
            return False
        self._tables.listings.put(key, revision)
        return True

    async def newest(self) -> list[ListingRevision]:
        """The revision in force of each instrument, by name."""
        newest = {name: self._tables.listings[name, number] for name, number in sorted(self._tables.listings)}
        return list(newest.values())

    async def history(self, name: str) -> list[ListingRevision]:
        """All revisions of one instrument, oldest first."""
        return [self._tables.listings[key] for key in sorted(self._tables.listings) if key[0] == name]

    async def count(self) -> int:
        """How many revisions there are."""
        return len(self._tables.listings)
