"""Dead letters: what the announcers gave up, for an operator to look at and to queue anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rooms_core.domain.events import DeadLetter
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result

_BLOCK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """Look at dead letters, and revive them: with all their tries before them, under the ids they always had."""

    store: Store

    async def page(self, limit: int, *, after: int = 0) -> Result[list[DeadLetter], StoreFailed]:
        """Up to `limit` of them, by id, those after `after`."""

        async def work(books: Books) -> Result[list[DeadLetter], StoreFailed]:
            return Ok(await books.outbox.dead(limit, after=after))

        return await self.store.run(work)

    async def revive(self, ids: Collection[int]) -> Result[int, StoreFailed]:
        """Queue these anew; answers how many of them were dead letters."""

        async def work(books: Books) -> Result[int, StoreFailed]:
            return Ok(await books.outbox.revive(ids))

        return await self.store.run(work)

    async def revive_all(self) -> Result[int, StoreFailed]:
        """Queue all of them anew that are dead now, in blocks; answers how many there were."""
        revived, after = 0, 0
        while True:
            page = await self.page(_BLOCK, after=after)
            if isinstance(page, Err):
                return page
            if not page.value:
                return Ok(revived)
            after = page.value[-1].notice.id
            done = await self.revive([letter.notice.id for letter in page.value])
            if isinstance(done, Err):
                return done
            revived += done.value
