"""What happened, told once to each it concerns."""

from __future__ import annotations

from rooms_core.domain.events import Event, EventKind, Notice
from rooms_core.domain.ids import UserId


def test_an_event_says_what_happened_to_whom_and_about_what() -> None:
    """A kind, a user, the id it is about; facts for the message are optional."""
    event = Event(kind=EventKind.ROOM_SETTLED, user=UserId(2), ref=8)

    assert ("room_settled", 2, 8, {}) == (event.kind, event.user, event.ref, dict(event.facts))


def test_a_notice_counts_its_failed_deliveries() -> None:
    """A fresh notice was never tried."""
    event = Event(kind=EventKind.ROOM_OPENED, user=UserId(2), ref=8)

    assert (1, event, 0) == (Notice(1, event).id, Notice(1, event).event, Notice(1, event).tries)
