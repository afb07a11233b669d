"""List an instrument: check the row, and write it down as the newest revision of its name.

Whether the feeds know it is found out before, outside of any unit of work; who does that names the revision he saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rooms_core.domain.listing import Listing, ListingRevision, in_force
from rooms_core.domain.listing_check import REASON_MAX, ListingRefused, check_listing
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True)
class ListingOvertaken:
    """Somebody else has changed the listing meanwhile: `number` is the revision that is in force now (0: none)."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class WordsMissing:
    """Who lists has a name, and who overrules the probe a reason; both are 1 to `most` printable letters."""

    what: str
    most: int


NotListed: TypeAlias = ListingRefused | ListingOvertaken | WordsMissing


@dataclass(frozen=True, slots=True)
class Written:
    """The revision in force, and the one before it (None: there was none). `new`: it was written just now."""

    now: ListingRevision
    was: ListingRevision | None
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListInstrument:
    """Write a listing down. `built_in` are those that are listed without anybody having written them down."""

    store: Store
    built_in: tuple[Listing, ...] = ()

    async def __call__(
        self, listing: Listing, *, seen: int, by: str, reason: str = "", unprobed: bool = False
    ) -> Result[Written, NotListed | StoreFailed]:
        """Put a listing in force, unless it is already. `seen`: the revision that was looked at before (0: none)."""
        missing = words_missing(by=by, reason=reason, unprobed=unprobed)
        if missing is not None:
            return Err(missing)

        async def work(books: Books) -> Result[Written, NotListed]:
            history = await books.listings.history(listing.name)
            was = history[-1] if history else None
            if was is not None and was.listing == listing:
                return Ok(Written(was, history[-2] if len(history) > 1 else None, new=False))
            number = 0 if was is None else was.number
            if number != seen:
                return Err(ListingOvertaken(listing.name, number))
            checked = check_listing(listing, in_force(self.built_in, await books.listings.newest()))
            if isinstance(checked, Err):
                return checked
            now = ListingRevision(
                listing=listing,
                number=number + 1,
                by=by,
                at_ms=await books.now_ms(),
                reason=reason,
                unprobed=unprobed,
            )
            if not await books.listings.add(now):
                return Err(ListingOvertaken(listing.name, now.number))
            return Ok(Written(now, was, new=True))

        return await self.store.run(work)


def words_missing(*, by: str, reason: str, unprobed: bool) -> WordsMissing | None:
    """What is not said of who lists and why; None: all of it is."""
    if not _words(by):
        return WordsMissing("by", REASON_MAX)
    if (unprobed or reason) and not _words(reason):
        return WordsMissing("reason", REASON_MAX)
    return None


def _words(text: str) -> bool:
    return 0 < len(text.strip()) and len(text) <= REASON_MAX and text.isprintable()
