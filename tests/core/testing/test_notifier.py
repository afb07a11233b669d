"""The notifier that remembers."""

from __future__ import annotations

from rooms_core.domain.events import Event, EventKind, Notice
from rooms_core.domain.ids import UserId
from rooms_core.ports.notifier import NotifyFailed
from rooms_core.result import Err, Ok
from rooms_core.testing.notifier import RecordingNotifier

NOTICE = Notice(1, Event(kind=EventKind.ROOM_OPENED, user=UserId(2), ref=1_000))


async def test_it_remembers_what_it_delivered() -> None:
    """Oldest first, with and without the notices' numbers."""
    notifier = RecordingNotifier()

    assert Ok(None) == await notifier.deliver(NOTICE)
    assert [NOTICE] == notifier.delivered
    assert [NOTICE.event] == notifier.events


async def test_it_fails_as_planned() -> None:
    """What failed was not delivered; after the plan all is well."""
    blocked = NotifyFailed("blocked", retryable=False)
    notifier = RecordingNotifier()
    notifier.plan(None, blocked)

    assert [Ok(None), Err(blocked), Ok(None)] == [await notifier.deliver(NOTICE) for _ in range(3)]
    assert [NOTICE, NOTICE] == notifier.delivered
