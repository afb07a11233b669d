"""The listed instruments of a database, beside those that are built in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rooms_cli.database import DEFAULT, written
from rooms_cli.output import say
from rooms_core.result import Ok

if TYPE_CHECKING:
    from rooms_core.domain.listing import ListingRevision
    from rooms_core.ports.books import Books
    from rooms_core.ports.store import Store, StoreFailed
    from rooms_core.result import Result


def revisions(database: str) -> list[ListingRevision]:
    """What somebody has written down, by name, in books that are there."""

    async def newest(books: Books) -> Result[list[ListingRevision], StoreFailed]:
        return Ok(await books.listings.newest())

    async def work(store: Store) -> Result[list[ListingRevision], StoreFailed]:
        return await store.run(newest)

    return written(database, work, makes_ids=False)


def revisions_if_any(database: str) -> list[ListingRevision]:
    """The same; where no books are named and none lie here, what is built in is all there is."""
    if database == DEFAULT and not Path(database).exists():
        say("rooms: There are no books here: these are the built-in instruments (--database names books).")
        return []
    return revisions(database)
