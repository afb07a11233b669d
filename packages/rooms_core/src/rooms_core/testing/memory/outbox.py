"""The outbox in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from rooms_core.domain.events import DeadLetter, Event, Notice
from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import ensure
from rooms_core.testing.memory.tables import Tables


class MemoryOutbox:
    """Implements `ports.books.Outbox`. `untold` keeps until when a waiting notice is hidden, 0 for not at all."""

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
                tables.untold.put(number, 0)

    async def add_new(self, events: Sequence[Event]) -> None:
        """Queue events none of which is known."""
        for event in events:
            known = (event.kind, event.ref, event.user) in self._tables.notice_ids
            ensure(not known, "I5", f"{event.kind} of {event.ref} is told to {event.user} once")
            await self.add([event])

    async def take(self, buckets: Iterable[int], limit: int, *, now_ms: int, hide_ms: int) -> list[Notice]:
        """Hide the oldest notices that are due, bucket by bucket."""
        taken: list[Notice] = []
        for bucket in buckets:
            for notice in list(islice(self._due(bucket, now_ms), limit - len(taken))):
                begun = replace(notice, tries=notice.tries + 1)
                self._tables.notices.put(notice.id, begun)
                self._tables.untold.put(notice.id, now_ms + hide_ms)
                taken.append(begun)
        return taken

    def _due(self, bucket: int, now_ms: int) -> Iterator[Notice]:
        held_back: set[UserId] = set()
        for notice in self._untold():
            if notice.bucket != bucket:
                continue
            if self._tables.untold[notice.id] > now_ms:
                held_back.add(notice.event.user)
            elif notice.event.user not in held_back:
                yield notice

    async def done(self, notices: Collection[Notice]) -> None:
        """These have been delivered."""
        for notice in notices:
            if notice.id in self._tables.untold:
                self._tables.untold.drop(notice.id)

    async def again(self, notices: Collection[Notice], *, at_ms: int, why: str = "") -> None:
        """These wait until `at_ms`."""
        for notice in self._still(notices):
            self._tables.untold.put(notice.id, at_ms)

    async def untried(self, notices: Collection[Notice]) -> None:
        """These are as they were before they were taken."""
        for notice in self._still(notices):
            self._tables.notices.put(notice.id, replace(notice, tries=notice.tries - 1))
            self._tables.untold.put(notice.id, 0)

    async def bury(self, notices: Collection[Notice], *, why: str) -> None:
        """These are dead letters."""
        at_ms = self._tables.clock.now_ms()
        for notice in self._still(notices):
            self._tables.untold.drop(notice.id)
            self._tables.dead.put(notice.id, DeadLetter(notice=notice, at_ms=at_ms, why=why))

    async def waiting(self, limit: int) -> list[Notice]:
        """The oldest notices that are neither delivered nor dead."""
        return list(islice(self._untold(), limit))

    async def dead(self, limit: int, *, after: int = 0) -> list[DeadLetter]:
        """A page of the dead letters."""
        numbers = sorted(number for number in self._tables.dead if number > after)
        return [self._tables.dead[number] for number in numbers[:limit]]

    async def revive(self, ids: Collection[int]) -> int:
        """Queue dead letters anew."""
        found = [number for number in sorted(set(ids)) if number in self._tables.dead]
        for number in found:
            self._tables.dead.drop(number)
            self._tables.notices.put(number, replace(self._tables.notices[number], tries=0))
            self._tables.untold.put(number, 0)
        return len(found)

    def _untold(self) -> Iterator[Notice]:
        return (self._tables.notices[number] for number in sorted(self._tables.untold))

    def _still(self, notices: Collection[Notice]) -> list[Notice]:
        """Those that nobody has taken since."""
        tables = self._tables
        return [each for each in notices if each.id in tables.untold and tables.notices[each.id] == each]
