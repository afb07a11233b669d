"""What is no longer true is forgotten before anybody is told of it."""

from __future__ import annotations

import pytest

from rooms_core.domain.events import Event, EventKind, Notice
from rooms_core.domain.ids import UserId
from rooms_core.domain.room import Room
from rooms_core.ports.cache import Cache
from rooms_core.ports.notifier import NotifyFailed
from rooms_core.ports.room_cards import card_of
from rooms_core.result import Err, Ok
from rooms_core.testing.builders import USD, a_reading, a_room
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.notifier import RecordingNotifier
from rooms_store.cache import forgetting
from rooms_store.cache.forgetting import ForgettingNotifier, forget_rooms, rooms_of
from rooms_store.cache.local import LocalCache
from rooms_store.cache.shelves import PAGES, PRICES, ROOMS

ROOM, OTHER = a_room(1_000), a_room(1_002)


@pytest.fixture
async def cache(clock: ManualClock) -> Cache:
    """Two rooms, a page of them, and a price."""
    kept = LocalCache(clock=clock)
    await filled(kept)
    return kept


async def filled(cache: Cache) -> None:
    """Keep two rooms, a page of them, and a price."""
    for room in (ROOM, OTHER):
        await cache.put(ROOMS, str(room.id), card_of(room))
    await cache.put(PAGES, "all", (card_of(ROOM), card_of(OTHER)))
    await cache.put(PRICES, "SOL/USD", a_reading(190 * USD))


async def kept(cache: Cache) -> tuple[bool, bool, bool, bool]:
    """Whether the room, the other one, the page and the price are still there."""
    card = await cache.get(ROOMS, str(ROOM.id))
    other = await cache.get(ROOMS, str(OTHER.id))
    page = await cache.get(PAGES, "all")
    price = await cache.get(PRICES, "SOL/USD")
    return (card is not None, other is not None, page is not None, price is not None)


def a_notice(number: int, kind: EventKind, room: Room, user: int = 2) -> Notice:
    """A notice of something that happened in a room."""
    return Notice(number, Event(kind=kind, user=UserId(user), ref=room.id))


async def test_a_changed_room_is_forgotten_with_every_page(cache: Cache) -> None:
    """Any page may show it; other rooms and prices stay."""
    await forget_rooms(cache, [])
    assert (True, True, True, True) == await kept(cache)
    await forget_rooms(cache, [ROOM.id])

    assert (False, True, False, True) == await kept(cache)


@pytest.mark.parametrize("kind", EventKind)
def test_events_of_rooms_forget_their_room(kind: EventKind) -> None:
    """Opened, locked, settled and voided; what happens to people's money changes no room."""
    about_rooms = kind.value.startswith("room_")

    assert ([ROOM.id] if about_rooms else []) == rooms_of([a_notice(n, kind, ROOM).event for n in (1, 2)])


async def test_who_follows_a_message_finds_the_room_as_it_says(cache: Cache) -> None:
    """The room is forgotten before its message is delivered, and the message is delivered whatever becomes of it."""
    notifier = RecordingNotifier()
    forgets = ForgettingNotifier(notifier, cache)
    notifier.plan(NotifyFailed("later"))
    notice = a_notice(1, EventKind.ROOM_SETTLED, ROOM)

    assert Err(NotifyFailed("later")) == await forgets.deliver(notice)
    assert (False, True, False, True) == await kept(cache)
    assert Ok(None) == await forgets.deliver(notice)
    assert [notice] == notifier.delivered


async def test_a_million_messages_about_one_room_forget_it_once(cache: Cache) -> None:
    """Everybody is told for hours; the pages must not stay empty meanwhile. What happens next is forgotten again."""
    forgets = ForgettingNotifier(RecordingNotifier(), cache)
    await forgets.deliver(a_notice(1, EventKind.ROOM_LOCKED, ROOM))
    await filled(cache)
    await forgets.deliver(a_notice(2, EventKind.ROOM_LOCKED, ROOM, user=4))
    assert (True, True, True, True) == await kept(cache)
    await forgets.deliver(a_notice(3, EventKind.ROOM_SETTLED, ROOM))

    assert (False, True, False, True) == await kept(cache)


async def test_what_it_remembers_is_bounded(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest leaves, and would be forgotten once more."""
    monkeypatch.setattr(forgetting, "_TOLD_MAX", 1)
    forgets = ForgettingNotifier(RecordingNotifier(), cache)
    for number, room in enumerate((ROOM, OTHER)):
        await forgets.deliver(a_notice(number, EventKind.ROOM_LOCKED, room))
    await filled(cache)
    await forgets.deliver(a_notice(3, EventKind.ROOM_LOCKED, OTHER))
    assert (True, True, True, True) == await kept(cache)
    await forgets.deliver(a_notice(4, EventKind.ROOM_LOCKED, ROOM))

    assert (False, True, False, True) == await kept(cache)
