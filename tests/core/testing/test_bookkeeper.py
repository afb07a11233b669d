"""A store driven by hand."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import OPERATING, available
from rooms_core.ports.books import Bets, Books
from rooms_core.ports.queries import RoomFilter
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.bookkeeper import Bookkeeper, StoreSilent
from rooms_core.testing.builders import a_bet, a_room, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import Fate, MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    """A store in memory."""
    return MemoryStore(ManualClock())


@pytest.fixture
def keeper(store: MemoryStore) -> Bookkeeper:
    """Its keeper."""
    return Bookkeeper(store, ManualClock())


async def test_an_evening_in_a_few_lines(keeper: Bookkeeper) -> None:
    """People, rooms, bets and balances, each in a line."""
    await keeper.people(2, each=sols("10"))
    await keeper.opened(a_room(), a_bet(102, 2, "YES", sols("3")))
    await keeper.funded(OPERATING, sols("1"))

    assert sols("3") == (await keeper.room(a_room())).pool.gross
    assert sols("7") == (await keeper.wallet(2)).available
    assert sols("7").value == await keeper.balance(available(UserId(2)))
    assert sols("1").value == await keeper.balance(OPERATING)
    assert 1 == len(await keeper.ask(lambda ask: ask.rooms(RoomFilter())))


async def test_undo_looks_and_leaves_no_trace(keeper: Bookkeeper) -> None:
    """What was seen is answered, what was written is gone."""

    async def work(books: Books) -> bool:
        await books.rooms.add(a_room())
        return RoomId(1_000) in await books.rooms.lock([RoomId(1_000)])

    assert await keeper.undo(work)
    with pytest.raises(KeyError):
        await keeper.room(a_room())


async def test_a_silent_store_is_an_exception(keeper: Bookkeeper, store: MemoryStore) -> None:
    """A test that needs an answer stops where there is none."""
    store.plan(Fate.FAILED)

    with pytest.raises(StoreSilent, match="COMMIT"):
        await keeper.opened(a_room())


class Silent(MemoryStore):
    """A store that never answers."""

    async def run(self, work: object) -> Err[StoreFailed]:
        """Nothing is run."""
        return Err(StoreFailed(f"silence instead of {work}"))


async def test_a_look_at_a_silent_store_is_an_exception() -> None:
    """It is not mistaken for what was seen."""
    clock = ManualClock()

    with pytest.raises(StoreSilent, match="silence"):
        await Bookkeeper(Silent(clock), clock).undo(lambda books: books.now_ms())


async def test_a_silent_read_side_is_an_exception(keeper: Bookkeeper) -> None:
    """The same for questions."""
    await keeper.people(2, each=sols("1"))
    await keeper.opened(a_room())

    async def place(bets: Bets) -> Result[None, str]:
        await bets.place([a_bet(102, 2, "YES", sols("1"))])
        return Ok(None)

    with pytest.raises(StoreSilent, match="only for reading"):
        await keeper.ask(lambda ask: ask.with_bets(place))  # type: ignore[arg-type]
