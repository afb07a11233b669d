"""The outbox in SQL: each (kind, ref, user) once; a notice waits until its delivery has ended.

A notice that was taken, or that failed, is hidden until `hidden_until_ms`. `tries` grows each time it is taken, and
so tells whoever reports late that another one has taken it since. Every statement names its bucket, so that it runs
on one server where the outbox is spread; looks and revivals are the exception.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import attrs
from sqlalchemy import Update, exists, select, update

from rooms_core.domain.events import DeadLetter, Event, Notice
from rooms_core.domain.ids import UserId
from rooms_store.bulk import insert_many
from rooms_store.dialect import among, locked_free
from rooms_store.rows import notice_of, notice_rows, notice_values
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
        await insert_many(await self._work.free(), outbox, rows, new_only=True)

    async def add_new(self, events: Sequence[Event]) -> None:
        """Queue events none of which is known; the table's key refuses the others."""
        rows = notice_rows(events, numbers=self._work.ids.next_ids(len(events)))
        await self._work.copy(outbox, rows)

    async def take(self, buckets: Iterable[int], limit: int, *, now_ms: int, hide_ms: int) -> list[Notice]:
        """Hide the oldest notices that are due, one bucket after the other."""
        taken: list[Notice] = []
        for bucket in buckets:
            if len(taken) >= limit:
                break
            due = await self._due(bucket, limit - len(taken), now_ms)
            if due:
                await self._work.write(
                    _waiting(bucket, due).values(tries=outbox.c.tries + 1, hidden_until_ms=now_ms + hide_ms)
                )
            taken.extend(replace(notice, tries=notice.tries + 1) for notice in due)
        return taken

    async def _due(self, bucket: int, limit: int, now_ms: int) -> list[Notice]:
        """Lock the oldest that are due. What another unit of work has locked is only seen by the second statement."""
        hidden = outbox.alias()
        held_back = exists().where(
            hidden.c.bucket == bucket,
            hidden.c.user_id == outbox.c.user_id,
            hidden.c.ended_at_ms.is_(None),
            hidden.c.hidden_until_ms > 0,
            hidden.c.hidden_until_ms > now_ms,
            hidden.c.id < outbox.c.id,
        )
        due = (
            select(outbox)
            .where(outbox.c.bucket == bucket, _WAITING, outbox.c.hidden_until_ms <= now_ms, ~held_back)
            .order_by(outbox.c.id)
            .limit(limit)
        )
        locked = [notice_of(row) for row in await self._work.rows(locked_free(due))]
        return list(_unblocked(locked, await self._older(bucket, locked)))

    async def _older(self, bucket: int, locked: Sequence[Notice]) -> list[tuple[int, UserId]]:
        """All that waits in a bucket up to the newest of these: number and user, oldest first."""
        if not locked:
            return []
        older = select(outbox.c.id, outbox.c.user_id).where(
            outbox.c.bucket == bucket, _WAITING, outbox.c.id <= locked[-1].id
        )
        found = await self._work.rows(older.order_by(outbox.c.id))
        return [(row.id, UserId(row.user_id)) for row in found]

    async def done(self, notices: Collection[Notice]) -> None:
        """These have been delivered."""
        for bucket, some in _grouped(notices, lambda notice: notice.bucket):
            at_ms = await self._work.dated_ms()
            await self._work.write(_waiting(bucket, some).values(ended_at_ms=at_ms))

    async def again(self, notices: Collection[Notice], *, at_ms: int, why: str = "") -> None:
        """These wait until `at_ms`."""
        for still in self._still(notices):
            await self._work.write(still.values(hidden_until_ms=at_ms, failure=why))

    async def untried(self, notices: Collection[Notice]) -> None:
        """These are as they were before they were taken."""
        for still in self._still(notices):
            await self._work.write(still.values(hidden_until_ms=0, tries=outbox.c.tries - 1))

    async def bury(self, notices: Collection[Notice], *, why: str) -> None:
        """These are dead letters."""
        for still in self._still(notices):
            at_ms = await self._work.dated_ms()
            await self._work.write(still.values(dead=1, ended_at_ms=at_ms, failure=why))

    async def waiting(self, limit: int) -> list[Notice]:
        """The oldest notices that are neither delivered nor dead."""
        oldest = select(outbox).where(_WAITING).order_by(outbox.c.id).limit(limit)
        return [notice_of(row) for row in await self._work.rows(oldest)]

    async def dead(self, limit: int, *, after: int = 0) -> list[DeadLetter]:
        """A page of the dead letters."""
        page = (
            select(outbox).where(outbox.c.dead == 1, outbox.c.id > after).order_by(outbox.c.id).limit(limit)
        )
        return [
            DeadLetter(notice=notice_of(row), at_ms=row.ended_at_ms, why=row.failure or "")
            for row in await self._work.rows(page)
        ]

    async def revive(self, ids: Collection[int]) -> int:
        """Queue dead letters anew."""
        known = among(outbox.c.id, ids)
        return await self._work.write(
            update(outbox)
            .where(outbox.c.dead == 1, known)
            .values(dead=0, tries=0, hidden_until_ms=0, ended_at_ms=None, failure=None)
        )

    def _still(self, notices: Collection[Notice]) -> Iterator[Update]:
        """Updates of those that nobody has taken since."""
        for (bucket, tries), some in _grouped(notices, lambda notice: (notice.bucket, notice.tries)):
            yield _waiting(bucket, some).where(outbox.c.tries == tries)


def _unblocked(locked: Sequence[Notice], older: Sequence[tuple[int, UserId]]) -> Iterator[Notice]:
    """Those of the locked notices before which nothing of the same user waits that is not among them."""
    ours = {notice.id: notice for notice in locked}
    blocked: set[UserId] = set()
    for number, user in older:
        if number not in ours:
            blocked.add(user)
        elif user not in blocked:
            yield ours[number]


def _waiting(bucket: int, notices: Collection[Notice]) -> Update:
    numbers = among(outbox.c.id, [notice.id for notice in notices])
    return update(outbox).where(outbox.c.bucket == bucket, _WAITING, numbers)


K = TypeVar("K")


def _grouped(notices: Collection[Notice], by: Callable[[Notice], K]) -> Iterable[tuple[K, list[Notice]]]:
    groups: dict[K, list[Notice]] = defaultdict(list)
    for notice in notices:
        groups[by(notice)].append(notice)
    return groups.items()


_WAITING = outbox.c.ended_at_ms.is_(None)
