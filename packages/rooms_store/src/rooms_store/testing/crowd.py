"""Clients who bet through a desk while the world breaks below it, and write down what was acknowledged.

Each repeats the same key until he has an answer, as a client must whose connection was cut: an answer that was lost
says nothing about what was done.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import attrs

from rooms_core.domain.bet import Bet, BetOrder, DeskBusy
from rooms_core.domain.room import Room
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.bet_desk import Answer
from rooms_core.testing.builders import a_room, a_user, an_order, populate, sols

DEPOSIT: Final = sols("1000000")
"""What each client has: more than he can lose."""
STAKE: Final = sols("0.1")
_PATIENCE_SECONDS: Final = 60
"""How long one bet may go without an answer before the drill is a failure."""


class NoAnswer(Exception):
    """A client was refused where nothing was wrong with his bet, or had no answer for too long."""


@attrs.define(eq=False)
class Crowd:
    """`size` clients at one desk, each with one bet at a time."""

    desk: Callable[[BetOrder], Awaitable[Answer]]
    size: int
    room: Room = attrs.field(factory=a_room)
    acknowledged: dict[str, Bet] = attrs.field(factory=dict, init=False)
    """What the clients were told, by key."""
    changed: int = attrs.field(default=0, init=False)
    """How often a key that had been answered got another answer later."""
    failures: int = attrs.field(default=0, init=False)
    """How often the store failed on a client, who then asked again."""
    longest_gap: float = attrs.field(default=0.0, init=False)
    """The longest time without any answer to anybody, in seconds, since it was last set to 0."""
    _last: float = attrs.field(default=0.0, init=False)
    _leaving: bool = attrs.field(default=False, init=False)

    async def join(self, store: Store) -> None:
        """Everyone joins with a deposit, and the room is opened."""
        await populate(store, {a_user(number): DEPOSIT for number in self.numbers})

        async def work(books: Books) -> Result[None, StoreFailed]:
            await books.rooms.add(self.room)
            return Ok(None)

        if isinstance(failed := await store.run(work), Err):
            raise NoAnswer(str(failed.why))

    @property
    def numbers(self) -> list[int]:
        """The clients' user numbers."""
        return [2 * (1 + number) for number in range(self.size)]

    @asynccontextmanager
    async def betting(self) -> AsyncIterator[None]:
        """The clients bet until the end of the block, and then finish what they have begun."""
        self._last = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as clients:
            for number in self.numbers:
                clients.create_task(self._client(number))
            try:
                yield
            finally:
                self._leaving = True

    async def more(self, bets: int) -> None:
        """Wait until this many more bets are acknowledged."""
        wanted = len(self.acknowledged) + bets
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while len(self.acknowledged) < wanted:  # noqa: ASYNC110 - counted by others, many times a second
                await asyncio.sleep(0.01)

    async def _client(self, number: int) -> None:
        turn = 0
        while not self._leaving:
            turn += 1
            order = an_order(
                number, "YES" if turn % 2 else "NO", STAKE, room=self.room.id, key=f"{number}:{turn}"
            )
            bet = await self._answered(order)
            self.acknowledged[order.key] = bet
            if turn % 10 == 0 and await self._answered(order) != bet:
                self.changed += 1

    async def _answered(self, order: BetOrder) -> Bet:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                answer = await self.desk(order)
                match answer:
                    case Ok(bet):
                        now = asyncio.get_running_loop().time()
                        self.longest_gap = max(self.longest_gap, now - self._last)
                        self._last = now
                        return bet
                    case Err(StoreFailed(retryable=True) | DeskBusy()):
                        self.failures += 1
                        await asyncio.sleep(0.02)
                    case Err(why):
                        raise NoAnswer(f"{order.key}: {why}")
