"""The outbox in SQL: each (kind, ref, user) once; a notice waits until its delivery has ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import attrs
from sqlalchemy import Update, select, update

from rooms_core.domain.events import Event, Notice
from rooms_store.bulk import insert_many
from rooms_store.dialect import among, locked
from rooms_store.rows import notice_of, notice_values
from rooms_store.tables import outbox
from rooms_store.work import Work


@attrs.frozen
class SqlOutbox:
    """Implements `ports.books.Outbox`."""

    _work: Work

    async def add(self, events: Iterable[Event]) -> None:
        """Queue events; those queued before are passed over."""
        next_id = self._work.ids.next_id
        rows = [notice_values(event, number=next_id()) for event in events]
        await insert_many(self._work.connection, outbox, rows, new_only=True)

    async def take(self, limit: int) -> list[Notice]:
        """The oldest waiting notices, locked."""
        statement = select(outbox).where(_WAITING).order_by(outbox.c.id).limit(limit)
        return [notice_of(row) for row in await self._work.rows(locked(statement))]

    async def done(self, ids: Collection[int]) -> None:
        """These have been delivered."""
        await self._work.write(self._waiting(ids).values(ended_at_ms=self._work.clock.now_ms()))

    async def failed(self, ids: Collection[int], *, dead: bool) -> None:
        """These have not; dead ones are kept but not tried again."""
        tried = self._waiting(ids).values(tries=outbox.c.tries + 1)
        if dead:
            tried = tried.values(dead=1, ended_at_ms=self._work.clock.now_ms())
        await self._work.write(tried)

    def _waiting(self, ids: Collection[int]) -> Update:
        return update(outbox).where(_WAITING, among(outbox.c.id, ids))


_WAITING = outbox.c.ended_at_ms.is_(None)
