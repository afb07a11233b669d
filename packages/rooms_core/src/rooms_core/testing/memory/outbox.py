"""The outbox in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from heapq import nsmallest

from rooms_core.domain.events import Event, Notice
from rooms_core.testing.memory.tables import Tables


class MemoryOutbox:
    """Implements `ports.books.Outbox`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, events: Iterable[Event]) -> None:
        """Queue events, each (kind, ref, user) once."""
        tables = self._tables
        for event in events:
            key = (event.kind, event.ref, event.user)
            if key not in tables.notice_ids:
                number = len(tables.notices) + 1
                tables.notice_ids.put(key, number)
                tables.notices.put(number, Notice(number, replace(event, facts=dict(event.facts))))
                tables.untold.put(number, True)

    async def take(self, limit: int) -> list[Notice]:
        """The oldest waiting notices."""
        return [self._tables.notices[number] for number in nsmallest(limit, self._tables.untold)]

    async def done(self, ids: Collection[int]) -> None:
        """These have been delivered."""
        for number in ids:
            self._tables.untold.drop(number)

    async def failed(self, ids: Collection[int], *, dead: bool) -> None:
        """These have not; dead ones are not tried again."""
        for number in ids:
            notice = self._tables.notices[number]
            self._tables.notices.put(number, replace(notice, tries=notice.tries + 1))
            if dead:
                self._tables.untold.drop(number)
