"""Which instruments are priced: those that are built in and those that the books list, also while a process runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rooms_core.domain.listing import Listing, in_force
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_oracle.listing import LISTINGS
from rooms_oracle.live import LiveFeeds
from rooms_oracle.oracle import ConsensusOracle


@dataclass(slots=True)
class LearnListings:
    """Looks into the books whether somebody has listed something, and has the feeds learn it.

    A look costs one count of a small table. `oracle` answers the one that polls these feeds now, if there is one.
    """

    feeds: LiveFeeds
    oracle: Callable[[], ConsensusOracle | None] = lambda: None
    listed: dict[str, Listing] = field(default_factory=lambda: in_force(LISTINGS, ()), init=False)
    _count: int = field(default=0, init=False)

    async def __call__(self, store: Store) -> Result[tuple[str, ...], StoreFailed]:
        """The instruments that are listed otherwise than at the last look; from now on they are priced like that."""

        async def work(books: Books) -> Result[tuple[int, dict[str, Listing]], StoreFailed]:
            count = await books.listings.count()
            if count == self._count:
                return Ok((count, self.listed))
            return Ok((count, in_force(LISTINGS, await books.listings.newest())))

        read = await store.run(work)
        if isinstance(read, Err):
            return read
        was, (self._count, self.listed) = self.listed, read.value
        changed = tuple([name for name, each in self.listed.items() if was.get(name) != each])
        if changed:
            self.feeds.learn(self.listed.values())
            oracle = self.oracle()
            if oracle is not None:
                oracle.relist()
        return Ok(changed)
