"""Opening the books."""

from __future__ import annotations

from pathlib import Path

from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_user
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import open_books


async def test_books_are_made_where_there_are_none(place: Path, clock: ManualClock) -> None:
    """The first who opens them makes them, and what is written is there the next time, by URL as by path."""
    async with open_books(place, clock) as store:
        await Bookkeeper(store, clock).do(lambda books: books.users.add(a_user(2)))
    async with open_books(f"sqlite:///{place}", clock) as store:
        again = await Bookkeeper(store, clock).do(lambda books: books.users.get(a_user(2).id))

    assert a_user(2) == again


async def test_each_opener_has_a_worker_number_of_his_own(place: Path, clock: ManualClock) -> None:
    """Two processes at the same ms make different ids, without being told their numbers."""
    made = []
    async with open_books(place, clock) as one, open_books(place, clock) as two:
        made += [one.ids.next_id(), two.ids.next_id()]
    async with open_books(place, clock, worker=1_023) as named:
        made.append(named.ids.next_id())

    assert [0, 1, 1_023] == [each >> 12 & 1_023 for each in made]
