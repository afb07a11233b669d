"""Rooms are shown from a cache; what is decided does not depend on it, poisoned or not (security: T17)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from tests.store.cache.conftest import Opening

from rooms_core.domain.bet import BalanceTooLow, BettingEnded, ReturnTooLow, RoomNotOpen
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import PROTOCOL, available, pot
from rooms_core.domain.market import Mode
from rooms_core.domain.money import Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.cache import Cache
from rooms_core.ports.queries import RoomFilter
from rooms_core.ports.room_cards import RoomCard, RoomCards, card_of
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.testing.builders import MINUTE_MS, a_resolution, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.house import House, a_request
from rooms_store.cache.forgetting import forget_rooms
from rooms_store.cache.local import LocalCache
from rooms_store.cache.room_cards import CachedRoomCards, page_name
from rooms_store.cache.shelves import PAGES, ROOMS

ANN, BEN = 2, 4


@pytest.fixture
def house() -> House:
    """A house in memory."""
    return House()


@pytest.fixture(params=["local", "valkey"])
async def cache(request: pytest.FixtureRequest, clock: ManualClock, opening: Opening) -> AsyncIterator[Cache]:
    """An empty cache that nobody seals."""
    if request.param == "local":
        yield LocalCache(clock=clock)
    else:
        async with opening() as opened:
            yield opened


async def opened_room(house: House) -> Room:
    """A room that is judged by its settle price alone, with two who may bet on it."""
    await house.books.people(ANN, BEN, each=sols("100"))
    return await house.room(a_request(now_ms=house.now_ms, mode=Mode.AT_CLOSE))


async def test_a_room_is_shown_as_it_was_until_it_is_forgotten(house: House, cache: Cache) -> None:
    """A bet of one's own is seen at once by who forgets the room after it."""
    room = await opened_room(house)
    cards: RoomCards = CachedRoomCards(house.store.queries, cache)
    everything = RoomFilter()
    before = card_of(room)
    assert (Ok(before), Ok((before,))) == (await cards.card(room.id), await cards.cards(everything))

    await house.bet(ANN, "YES", sols("10"), room)
    assert (Ok(before), Ok((before,))) == (await cards.card(room.id), await cards.cards(everything))

    await forget_rooms(cache, [room.id])
    after = card_of(await house.stands(room))
    assert (Ok(after), Ok((after,))) == (await cards.card(room.id), await cards.cards(everything))
    assert after != before


async def test_a_room_that_is_not_there_is_looked_for_again(house: House, cache: Cache) -> None:
    """It may be made the next moment."""
    cards = CachedRoomCards(house.store.queries, cache)
    assert (Ok(None), Ok(())) == (
        await cards.card(RoomId(1_000)),
        await cards.cards(RoomFilter(instrument="SOL/USD")),
    )
    room = await opened_room(house)

    assert RoomId(1_000) == room.id
    assert Ok(card_of(room)) == await cards.card(room.id)


class Silent:
    """A read side that does not answer."""

    async def room(self, _room: RoomId) -> Err[StoreFailed]:
        """Silence."""
        return Err(StoreFailed("silent"))

    async def rooms(self, _wanted: RoomFilter) -> Err[StoreFailed]:
        """Silence."""
        return Err(StoreFailed("silent"))


async def test_a_silent_store_is_told_and_not_kept(house: House, cache: Cache) -> None:
    """What was kept before is still shown."""
    room = await opened_room(house)
    silent = CachedRoomCards(Silent(), cache)  # type: ignore[arg-type]
    assert [Err(StoreFailed("silent"))] * 2 == [
        await silent.card(room.id),
        await silent.cards(RoomFilter()),
    ]
    await CachedRoomCards(house.store.queries, cache).card(room.id)

    assert Ok(card_of(room)) == await silent.card(room.id)


def test_a_page_is_named_by_what_was_asked_for() -> None:
    """The same question has the same name in every process, another one another."""
    both = frozenset({RoomStatus.OPEN, RoomStatus.QUEUING})
    asked = [
        RoomFilter(),
        RoomFilter(statuses=both),
        RoomFilter(statuses=frozenset({RoomStatus.OPEN})),
        RoomFilter(host=UserId(2)),
        RoomFilter(before=RoomId(2)),
        RoomFilter(held=False),
        RoomFilter(held=True),
        RoomFilter(instrument="2"),
        RoomFilter(limit=2),
    ]

    assert len(asked) == len({page_name(each) for each in asked})
    assert page_name(asked[1]) == page_name(RoomFilter(statuses=frozenset(sorted(both, reverse=True))))


Look = Callable[[Room], Awaitable[None]]


async def an_evening(house: House, look: Look) -> tuple[list[object], list[int]]:
    """Bets that are taken and refused for every reason a cache could lie about; the answers, and where the money is.

    Before each decision the room is looked at, as somebody who bets does.
    """
    room = await opened_room(house)
    answers: list[object] = []

    async def bet(bettor: int, outcome: str, stake: str, return_min: str | None = None) -> None:
        await look(room)
        least = None if return_min is None else sols(return_min)
        answers.append(await house.bet(bettor, outcome, sols(stake), room, return_min=least))

    await bet(ANN, "YES", "10")
    await bet(BEN, "NO", "10", return_min="19.4")
    await bet(BEN, "NO", "10", return_min="19.4")
    await house.moves()
    await bet(ANN, "YES", "5000")
    house.clock.set(room.lock_at_ms)
    await bet(ANN, "YES", "1")
    await house.moves()
    await bet(ANN, "YES", "1")
    locked = await house.stands(room)
    settling = replace(locked.moved(RoomStatus.SETTLING), resolution=a_resolution("YES"))
    await look(room)
    assert await house.books.do(lambda books: books.rooms.save(settling, was=RoomStatus.LOCKED))
    await look(room)
    answers.append(await house.settle(room.id))
    accounts = [pot(room.id), PROTOCOL, available(UserId(ANN)), available(UserId(BEN))]
    return answers, [await house.balance(account) for account in accounts]


def thousandfold(room: Room) -> RoomCard:
    """A card that lies about all that is decided: open for hours, a thousand times the pool, and NO has won."""
    return replace(
        card_of(room),
        status=RoomStatus.OPEN,
        lock_at_ms=room.lock_at_ms + 600 * MINUTE_MS,
        pool=Pool(tuple((name, Lamports(1_000 * stake.value + 10**15)) for name, stake in room.pool.stakes)),
        resolution=a_resolution("NO"),
    )


async def test_a_poisoned_cache_changes_no_decision(house: House, cache: Cache) -> None:
    """Whoever can write anything into the cache is shown his lies, and that is all: answers and money are the same."""
    cards = CachedRoomCards(house.store.queries, cache)

    async def believe(room: Room) -> None:
        lie = thousandfold(await house.stands(room))
        await cache.put(ROOMS, str(room.id), lie)
        await cache.put(PAGES, page_name(RoomFilter()), (lie,))
        assert (Ok(lie), Ok((lie,))) == (await cards.card(room.id), await cards.cards(RoomFilter()))

    async def look_away(_room: Room) -> None:
        pass

    answers, money = await an_evening(house, believe)

    assert (answers, money) == await an_evening(House(), look_away)
    refused = [type(each.why) for each in answers if isinstance(each, Err)]
    assert [ReturnTooLow, BalanceTooLow, BettingEnded, RoomNotOpen] == refused
    assert sum(money) == sols("200").value


async def test_a_sealed_cache_does_not_even_show_the_lie(
    house: House, clock: ManualClock, opening: Opening
) -> None:
    """With a key, what others wrote is a miss."""
    room = await opened_room(house)
    async with opening(key=b"ours") as ours, opening() as forger:
        cards = CachedRoomCards(house.store.queries, ours)
        assert Ok(card_of(room)) == await cards.card(room.id)
        await forger.put(ROOMS, str(room.id), thousandfold(room))
        clock.advance(seconds=1)

        assert Ok(card_of(room)) == await cards.card(room.id)
