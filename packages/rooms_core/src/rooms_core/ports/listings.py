"""The book of listed instruments: append-only, so that what was asked of which feed can be told for any day."""

from __future__ import annotations

from typing import Protocol

from rooms_core.domain.listing import ListingRevision


class Listings(Protocol):
    """Every revision of every listing. The one with the highest number is in force."""

    async def add(self, revision: ListingRevision) -> bool:
        """Write a revision down; False, and nothing done, if its name has one with this number already."""
        ...

    async def newest(self) -> list[ListingRevision]:
        """The revision in force of each instrument, by name."""
        ...

    async def history(self, name: str) -> list[ListingRevision]:
        """All revisions of one instrument, oldest first."""
        ...

    async def count(self) -> int:
        """How many revisions there are. It grows with every change: who remembers it sees whether there was one."""
        ...
