"""`rooms outbox`: what could not be told is seen, and told again."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import pytest

from rooms_core.domain.events import BUCKETS, Event, EventKind
from rooms_core.domain.ids import UserId
from rooms_core.ports.books import Books
from rooms_core.services.announce import HIDE_MS
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_store.opening import open_books
from rooms_store.testing.postgres import PostgresServer


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


class Letters:
    """Books in which three notices were given up and a fourth waits."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.dead, self.waits = asyncio.run(self._fill())

    async def _fill(self) -> tuple[list[str], str]:
        clock = ManualClock()
        async with open_books(self.place, clock) as store:
            keeper = Bookkeeper(store, clock)

            async def fill(books: Books) -> tuple[list[str], str]:
                events = [
                    Event(kind=EventKind.DEPOSIT_CREDITED, user=UserId(2), ref=number)
                    for number in range(70, 74)
                ]
                of_rooms = await books.outbox.take(range(BUCKETS), 99, now_ms=NOON_MS, hide_ms=HIDE_MS)
                await books.outbox.done(of_rooms)
                await books.outbox.add(events)
                notices = await books.outbox.take(range(BUCKETS), 9, now_ms=NOON_MS, hide_ms=HIDE_MS)
                await books.outbox.bury(notices[:3], why="blocked by the user")
                return [str(notice.id) for notice in notices[:3]], str(notices[3].id)

            return await keeper.do(fill)


@pytest.fixture(params=["books", "served_books"])
def letters(request: pytest.FixtureRequest) -> Letters:
    """In a file, and on a server."""
    return Letters(str(request.getfixturevalue(request.param)))


def test_dead_letters_are_listed_page_by_page(rooms: Rooms, letters: Letters) -> None:
    """Oldest first, with the reason; the last of a page asks for the next."""
    told = rooms("outbox", "list", "--database", letters.place, "--json")
    first = rooms("outbox", "list", "--database", letters.place, "--json", "--limit", "2")
    rest = rooms("outbox", "list", "--database", letters.place, "--json", "--after", letters.dead[1])

    assert (0, "") == (told.status, told.err)
    assert letters.dead == [line["id"] for line in told.lines]
    assert told.lines == first.lines + rest.lines
    assert {
        "id": letters.dead[0],
        "user": "2",
        "kind": "deposit_credited",
        "ref": "70",
        "tries": 1,
        "at_ms": NOON_MS,
        "why": "blocked by the user",
    } == told.lines[0]


def test_a_person_sees_a_table(rooms: Rooms, letters: Letters) -> None:
    """With the time as people write it."""
    said = rooms("outbox", "list", "--database", letters.place).out.splitlines()

    assert ["id", "user", "kind", "ref", "tries", "at", "why"] == said[0].split()
    assert 4 == len(said)
    assert "2025-01-01 12:00" in said[1]
    assert said[1].endswith("blocked by the user")


def test_named_ones_are_queued_anew(rooms: Rooms, letters: Letters) -> None:
    """Those and no others; one named twice is one."""
    first, second, third = letters.dead
    ran = rooms("outbox", "retry", first, third, third, "--database", letters.place, "--json")

    assert (0, "", [{"queued": 2}]) == (ran.status, ran.err, ran.lines)
    assert [second] == [
        line["id"] for line in rooms("outbox", "list", "--database", letters.place, "--json").lines
    ]


def test_all_are_queued_anew(rooms: Rooms, letters: Letters) -> None:
    """And then there are none."""
    ran = rooms("outbox", "retry", "--all", "--database", letters.place)
    again = rooms("outbox", "retry", "--all", "--database", letters.place, "--json")

    assert (0, "3 notices queued anew\n") == (ran.status, ran.out)
    assert (0, [{"queued": 0}]) == (again.status, again.lines)
    assert [] == rooms("outbox", "list", "--database", letters.place, "--json").lines


def test_what_is_no_dead_letter_is_said(rooms: Rooms, letters: Letters) -> None:
    """The others are queued all the same."""
    ran = rooms("outbox", "retry", letters.dead[0], letters.waits, "123", "--database", letters.place)

    assert (1, "1 notices queued anew\n") == (ran.status, ran.out)
    assert "2 of them are no dead letters" in ran.err


@pytest.mark.parametrize("words", [(), ("1", "--all")])
def test_one_says_which_or_all(rooms: Rooms, words: tuple[str, ...]) -> None:
    """Neither and both are wrong usage, before any database is looked for."""
    ran = rooms("outbox", "retry", *words, "--database", "nowhere.db")

    assert (2, "") == (ran.status, ran.out)
    assert "`rooms outbox list` shows them." in ran.err


def test_who_may_only_read_can_list_them(
    rooms: Rooms, served_books: str, postgres_server: PostgresServer
) -> None:
    """Looking takes no worker number and locks nothing; queueing is refused by the server."""
    letters, name = Letters(served_books), served_books.rpartition("/")[2]
    postgres_server.sql(
        f"CREATE ROLE looker_{name} LOGIN PASSWORD 'pa55';"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker_{name}",
        name,
    )
    looker = served_books.replace(served_books.partition("//")[2].partition("@")[0], f"looker_{name}:pa55")
    listed = rooms("outbox", "list", "--database", looker, "--json")
    refused = rooms("outbox", "retry", "--all", "--database", looker)

    assert (0, letters.dead) == (listed.status, [line["id"] for line in listed.lines])
    assert 1 == refused.status
    assert "permission denied" in refused.err
