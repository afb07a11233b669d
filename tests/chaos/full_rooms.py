"""Rooms full of bets that wait to be settled, in books that hold: on PostgreSQL made inside the database in seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from benchmarks.store.load import PURSE, Loaded, load, room_id, user

from rooms_cli.clock import SystemClock
from rooms_core.domain.bet import Bet
from rooms_core.domain.journal import OUTSIDE, JournalEntry, Posting, PostingKind, available
from rooms_core.domain.money import Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.builders import a_bet, a_user
from rooms_store.engine import is_server
from rooms_store.opening import OpenBooks, open_books

_AT_ONCE: Final = 5_000
_FEW: Final = 50
"""Bettors where each person is recorded by himself."""


async def fill(
    place: str, *, rooms: int, bets: int, told: Callable[[int, int], None] = lambda *_: None
) -> list[Loaded]:
    """Fill empty books with rooms of so many bets each. `told`: how many bets of how many are there."""
    bettors = max(1, bets // 2) if is_server(place) else min(_FEW, max(1, bets // 2))
    full = [
        Loaded(number=number, bets=bets, bettors=bettors, status=RoomStatus.SETTLING)
        for number in range(rooms)
    ]
    async with open_books(place, SystemClock()) as books:
        if is_server(place):
            await load(books, place, users=bettors, rooms=full, now_ms=SystemClock().now_ms())
        else:
            await _by_the_books(books, full, bettors, told)
    return full


async def _by_the_books(
    books: OpenBooks, rooms: Sequence[Loaded], bettors: int, told: Callable[[int, int], None]
) -> None:
    """The same, in blocks through the books themselves."""
    now_ms = SystemClock().now_ms()

    async def people(unit: Books) -> Result[None, None]:
        for number in range(bettors):
            uplines = dict.fromkeys((number // 3, number // 9, number // 27))
            await unit.users.add(a_user(user(number), *(user(each) for each in uplines if each < number)))
        deposits = (
            Posting(PostingKind.DEPOSIT, OUTSIDE, available(user(number)), Lamports(PURSE))
            for number in range(bettors)
        )
        await unit.journal.post(JournalEntry("deposits", tuple(deposits)))
        for each in rooms:
            await unit.rooms.add(each.room(now_ms))
        return Ok(None)

    await _done(books, people)
    every, whole = 0, sum(each.bets for each in rooms)
    for each in rooms:
        for start in range(0, each.bets, _AT_ONCE):
            block = [_bet(each, k, now_ms, books) for k in range(start, min(each.bets, start + _AT_ONCE))]

            async def bets(unit: Books, block: Sequence[Bet] = block) -> Result[None, None]:
                await unit.bets.place(block)
                return Ok(None)

            await _done(books, bets)
            every += len(block)
            told(every, whole)


def _bet(room: Loaded, k: int, now_ms: int, books: OpenBooks) -> Bet:
    stake = Lamports(1_000_000 + k * 2_654_435_761 % 1_000_000_007)
    outcome = "NO" if (k // room.bettors + k) % 2 else "YES"
    bettor, own = user(k % room.bettors), room_id(room.number)
    return a_bet(books.ids.next_id(), bettor, outcome, stake, room=own, key=f"k{k}", at_ms=now_ms)


async def _done(books: OpenBooks, work: Callable[[Books], Awaitable[Result[None, None]]]) -> None:
    done = await books.run(work)
    if isinstance(done, Err):
        raise RuntimeError(f"the rooms could not be filled: {done.why}")
