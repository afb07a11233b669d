"""What is no longer true is forgotten: the room that an event is about, and every list it may stand in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import attrs

from rooms_core.domain.events import Event, EventKind, Notice
from rooms_core.domain.ids import RoomId
from rooms_core.ports.cache import Cache
from rooms_core.ports.notifier import Notifier, NotifyFailed
from rooms_core.result import Result
from rooms_store.cache.shelves import PAGES, ROOMS

ABOUT_ROOMS: Final = frozenset(
    {EventKind.ROOM_OPENED, EventKind.ROOM_LOCKED, EventKind.ROOM_SETTLED, EventKind.ROOM_VOIDED}
)
_TOLD_MAX: Final = 1_024


async def forget_rooms(cache: Cache, rooms: Iterable[RoomId]) -> None:
    """For who has just changed rooms himself: made one, or placed a bet (which is answered, not announced)."""
    names = [str(room) for room in rooms]
    if names:
        await cache.forget(ROOMS.kind, *names)
        await cache.forget_kind(PAGES.kind)


def rooms_of(events: Iterable[Event]) -> list[RoomId]:
    """The rooms that these events are about, each once, in order."""
    return list(dict.fromkeys(RoomId(event.ref) for event in events if event.kind in ABOUT_ROOMS))


@attrs.define
class ForgettingNotifier:
    """Implements `ports.notifier.Notifier` around another: forgets what a notice is about, then has it delivered.

    Whoever follows a message to its room finds the room as the message says. The notices of one event go to many
    people; only the first of them makes us forget.
    """

    notifier: Notifier
    cache: Cache
    _told: OrderedDict[tuple[EventKind, int], None] = attrs.field(factory=OrderedDict, init=False)

    async def deliver(self, notice: Notice) -> Result[None, NotifyFailed]:
        """Deliver one notice; the cache neither fails nor delays it."""
        told = (notice.event.kind, notice.event.ref)
        if told not in self._told:
            await forget_rooms(self.cache, rooms_of([notice.event]))
            self._told[told] = None
            if len(self._told) > _TOLD_MAX:
                self._told.popitem(last=False)
        return await self.notifier.deliver(notice)
