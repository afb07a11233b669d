"""A store driven by hand: one line, one unit of work. The contract tests of stores are written with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from rooms_core.domain import entries
from rooms_core.domain.bet import Bet
from rooms_core.domain.journal import Account
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.wallet import Wallet
from rooms_core.ports.books import Books
from rooms_core.ports.queries import Queries
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.builders import a_user, populate
from rooms_core.testing.clock import ManualClock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Undone(Generic[T]):
    """Why a unit of work ends without a trace: it was only to look at `seen`."""

    seen: T


class StoreSilent(Exception):
    """The store failed where the test needed an answer."""


class OpenStore(Store, Protocol):
    """A store with its read side."""

    @property
    def queries(self) -> Queries:
        """What lists, pages and reports ask."""
        ...


@dataclass(frozen=True, slots=True)
class Bookkeeper:
    """A store with the clock it judges by. Raises `StoreSilent` where the store fails."""

    store: OpenStore
    clock: ManualClock

    async def do(self, work: Callable[[Books], Awaitable[T]]) -> T:
        """Run `work` as one unit of work that commits, and answer what it answered."""

        async def whole(books: Books) -> Result[T, StoreFailed]:
            return Ok(await work(books))

        match await self.store.run(whole):
            case Ok(answer):
                return answer
            case Err(why):
                raise StoreSilent(why.message)

    async def undo(self, work: Callable[[Books], Awaitable[T]]) -> T:
        """Run `work` as one unit of work that is rolled back, and answer what it saw."""

        async def whole(books: Books) -> Result[T, Undone[T]]:
            return Err(Undone(await work(books)))

        match await self.store.run(whole):
            case Err(Undone(seen=seen)):
                return seen
            case other:
                raise StoreSilent(str(other))

    async def ask(self, question: Callable[[Queries], Awaitable[Result[T, StoreFailed]]]) -> T:
        """What the read side answers to a question."""
        match await question(self.store.queries):
            case Ok(answer):
                return answer
            case Err(why):
                raise StoreSilent(why.message)

    async def people(self, *users: int, each: Lamports) -> None:
        """Let these people join, each with a deposit."""
        await populate(self.store, {a_user(user): each for user in users})

    async def opened(self, room: Room, *bets: Bet) -> None:
        """Record a room and place bets in it; the bettors must have the money."""

        async def work(books: Books) -> None:
            await books.rooms.add(room)
            await books.bets.place(bets)

        await self.do(work)

    async def room(self, room: Room) -> Room:
        """The room as it stands. Raises KeyError where it does not."""
        return (await self.do(lambda books: books.rooms.lock([room.id])))[room.id]

    async def wallet(self, user: int) -> Wallet:
        """A user's wallet. Raises KeyError where he has none."""
        found = await self.do(lambda books: books.journal.wallets([a_user(user).id]))
        return found[a_user(user).id]

    async def balance(self, account: Account) -> int:
        """One balance in lamports."""
        return await self.do(lambda books: books.journal.balance(account))

    async def funded(self, account: Account, amount: Lamports) -> None:
        """The operator's own money into an account of the house."""
        await self.do(lambda books: books.journal.post(entries.fund(account, amount, key=str(account))))
