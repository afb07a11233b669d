"""Advancing rooms: opening, locking, and the voids that are judged then (decisions R1, R3, M5)."""

from __future__ import annotations

import pytest

from rooms_core.domain import entries
from rooms_core.domain.events import EventKind
from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import PROTOCOL, JournalEntry, Posting, PostingKind, available, pot
from rooms_core.domain.market import MarketState, Mode
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.rules import HouseRules, RoomLimits
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.ports.books import Books
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.services import advance_rooms
from rooms_core.services.advance_rooms import Advanced, AdvanceRooms, Advances
from rooms_core.services.closing import Stuck
from rooms_core.testing.builders import USD, a_bet, a_market, a_market_state, a_reading, a_room, sols
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.house import House
from rooms_core.testing.memory_store import Fate
from rooms_core.testing.overtaken import Overtaken

TENTH = sols("0.1")
NOTHING = Advances((), ())


async def with_bets(room: Room, *sides: str) -> House:
    """A room with one bettor on each of these sides: 2, 4, …"""
    house = House()
    people = [2 * number for number in range(1, len(sides) + 1)]
    await house.books.people(*people, each=sols("1"))
    await house.books.opened(
        room,
        *[a_bet(100 + who, who, side, TENTH, room=room.id) for who, side in zip(people, sides, strict=True)],
    )
    return house


async def saw(house: House, state: MarketState) -> None:
    """The monitor has written this row."""

    async def work(books: Books) -> None:
        await books.markets.save([state])

    await house.books.do(work)


def touch_room() -> Room:
    """A TOUCH room upwards to 200 USD."""
    return a_room(market=a_market(mode=Mode.TOUCH))


async def test_a_room_opens_with_its_second_player() -> None:
    """Two distinct bettors, even on one side; the instant is kept, as touches count from it, and all are told (R1)."""
    room = a_room()
    house = await with_bets(room, "YES", "YES")
    house.clock.advance(seconds=9)

    assert Advances((Advanced(room.id, RoomStatus.OPEN),), ()) == await house.moves()
    stands = await house.stands(room)
    assert (RoomStatus.OPEN, NOON_MS + 9_000) == (stands.status, stands.opened_at_ms)
    assert [(EventKind.ROOM_OPENED, 2), (EventKind.ROOM_OPENED, 4)] == [
        (event.kind, event.user) for event in await house.told()
    ]


async def test_one_player_alone_waits() -> None:
    """Staking twice does not make two players."""
    room = a_room()
    house = await with_bets(room, "YES")
    await house.bet(2, "NO", TENTH, room)

    assert NOTHING == await house.moves()
    assert RoomStatus.QUEUING is (await house.stands(room)).status


async def test_how_many_players_are_needed_is_the_rooms_own_rule() -> None:
    """A room that wants three opens with three."""
    room = a_room(rules=HouseRules(limits=RoomLimits(players_min=3)))
    house = await with_bets(room, "YES", "NO")
    assert NOTHING == await house.moves()
    await house.books.people(6, each=sols("1"))
    await house.bet(6, "NO", TENTH, room)

    assert Advances((Advanced(room.id, RoomStatus.OPEN),), ()) == await house.moves()


async def test_rooms_that_wait_for_players_are_only_looked_at() -> None:
    """However many wait, one unit of work sees that none of them moves; each that has its players takes one more."""
    house = await with_bets(a_room(), "YES")
    for number in range(2_000, 2_010):
        await house.books.opened(a_room(number))
    before = house.store.commits
    assert NOTHING == await house.moves()
    assert before + 1 == house.store.commits

    await house.books.people(4, each=sols("1"))
    await house.bet(4, "NO", TENTH, a_room())
    before = house.store.commits
    assert Advances((Advanced(a_room().id, RoomStatus.OPEN),), ()) == await house.moves()
    assert before + 2 == house.store.commits


async def test_a_crowd_is_told_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody is told once, wherever a part ends."""
    monkeypatch.setattr(advance_rooms, "_TOLD_TOGETHER", 2)
    house = await with_bets(a_room(), "YES", "NO", "YES", "NO", "YES")
    await house.moves()

    assert [2, 4, 6, 8, 10] == sorted(event.user for event in await house.told())


async def test_a_room_nobody_joined_is_void_at_its_lock() -> None:
    """A ms earlier it still waits (R1)."""
    room = a_room()
    house = await with_bets(room)

    assert NOTHING == await house.moves(room.lock_at_ms - 1)
    assert Advances((Advanced(room.id, RoomStatus.VOIDED, VoidReason.TOO_FEW_PLAYERS),), ()) == (
        await house.moves(room.lock_at_ms)
    )


async def test_a_lonely_stake_goes_back_in_full() -> None:
    """The room was never filled: no takeout, and he is told what came back (M5)."""
    room = a_room()
    house = await with_bets(room, "YES")
    (moved,) = (await house.moves(room.lock_at_ms)).moved

    assert VoidReason.TOO_FEW_PLAYERS is moved.reason
    assert sols("1").value == await house.balance(available(UserId(2)))
    assert 0 == await house.balance(pot(room.id))
    (event,) = await house.told()
    assert (EventKind.ROOM_VOIDED, "100000000") == (event.kind, event.facts["refunded"])


@pytest.mark.parametrize("price, opens", [(200 * USD - 1, True), (200 * USD, False), (201 * USD, False)])
async def test_a_touch_room_whose_target_is_passed_does_not_open(price: int, opens: bool) -> None:
    """At or past the target when it would open: void, as the answer is known (R1)."""
    room = touch_room()
    house = await with_bets(room, "YES", "NO")
    await saw(house, a_market_state(a_reading(price)))
    (moved,) = (await house.moves()).moved

    expected = (RoomStatus.OPEN, None) if opens else (RoomStatus.VOIDED, VoidReason.TARGET_PASSED)
    assert expected == (moved.status, moved.reason)


@pytest.mark.parametrize("late_ms, reason", [(-1, None), (0, VoidReason.NO_PRICE)])
async def test_a_touch_room_that_opens_after_its_end_is_void(late_ms: int, reason: VoidReason | None) -> None:
    """It was watched by nobody, so nobody can say NO; a room that compares at the close still can (R1)."""
    room = touch_room()
    house = await with_bets(room, "YES", "NO")
    (moved,) = (await house.moves(room.settle_at_ms + late_ms)).moved

    assert reason is moved.reason
    closing = await with_bets(a_room(), "YES", "NO")
    (opened,) = (await closing.moves(room.settle_at_ms + late_ms)).moved
    assert RoomStatus.OPEN is opened.status


async def test_without_a_price_a_touch_room_opens() -> None:
    """Silence is no sign that the target was passed; betting rests anyway."""
    room = touch_room()
    house = await with_bets(room, "YES", "NO")

    assert Advances((Advanced(room.id, RoomStatus.OPEN),), ()) == await house.moves()


async def test_a_room_that_compares_at_the_close_opens_beyond_its_target() -> None:
    """The price may come back until the settle time."""
    room = a_room()
    house = await with_bets(room, "YES", "NO")
    await saw(house, a_market_state(a_reading(201 * USD)))

    assert Advances((Advanced(room.id, RoomStatus.OPEN),), ()) == await house.moves()


async def test_betting_ends_at_the_lock() -> None:
    """OPEN until the lock, LOCKED from it on, and all are told (R3)."""
    room = a_room(status=RoomStatus.OPEN, opened_at_ms=NOON_MS)
    house = await with_bets(room, "YES", "NO")

    assert NOTHING == await house.moves(room.lock_at_ms - 1)
    assert Advances((Advanced(room.id, RoomStatus.LOCKED),), ()) == await house.moves(room.lock_at_ms)
    assert [EventKind.ROOM_LOCKED] * 2 == [event.kind for event in await house.told()]


async def test_the_clock_of_the_unit_of_work_decides() -> None:
    """A worker whose own clock runs ahead finds the room due; it is not, and betting goes on (E8)."""
    room = a_room(status=RoomStatus.OPEN, opened_at_ms=NOON_MS)
    house = await with_bets(room, "YES", "NO")

    assert Ok(NOTHING) == await house.advance(room.lock_at_ms)
    assert isinstance(await house.bet(2, "YES", TENTH, room), Ok)


async def test_a_one_sided_room_is_void_at_its_lock() -> None:
    """Nobody stands against anybody: every stake goes back (M5)."""
    room = a_room(status=RoomStatus.OPEN, opened_at_ms=NOON_MS)
    house = await with_bets(room, "YES", "YES", "YES")
    (moved,) = (await house.moves(room.lock_at_ms)).moved

    assert (RoomStatus.VOIDED, VoidReason.ONE_SIDED) == (moved.status, moved.reason)
    assert [sols("1").value] * 3 == [await house.balance(available(UserId(who))) for who in (2, 4, 6)]


async def test_a_small_side_is_no_reason_to_void() -> None:
    """Never void by share of the pool: losers would add or withhold stakes to force it (M5)."""
    room = a_room(status=RoomStatus.OPEN, opened_at_ms=NOON_MS)
    house = await with_bets(room, "YES")
    await house.books.people(4, each=sols("1"))
    await house.bet(4, "NO", sols("0.001"), room)

    (moved,) = (await house.moves(room.lock_at_ms)).moved
    assert RoomStatus.LOCKED is moved.status


async def test_a_room_filled_in_its_last_instant_opens_before_it_locks() -> None:
    """However late the step comes, no state is left out: OPEN first, LOCKED with the next look (I7)."""
    room = a_room()
    house = await with_bets(room, "YES", "NO")

    assert [RoomStatus.OPEN] == [each.status for each in (await house.moves(room.lock_at_ms)).moved]
    assert [RoomStatus.LOCKED] == [each.status for each in (await house.moves()).moved]


async def test_advancing_twice_changes_nothing() -> None:
    """A second look finds nothing due, and tells nobody again."""
    room = a_room()
    house = await with_bets(room, "YES", "NO")
    await house.moves()
    await house.told()

    assert NOTHING == await house.moves()
    assert [] == await house.told()


async def test_a_held_room_is_locked_and_not_voided() -> None:
    """A hold delays money, never betting's end; a one-sided room waits for its refunds."""
    both = a_room(1_000, status=RoomStatus.OPEN, opened_at_ms=NOON_MS)
    house = await with_bets(both, "YES", "NO")
    lone = a_room(2_000, status=RoomStatus.OPEN, opened_at_ms=NOON_MS)
    await house.books.opened(lone, a_bet(500, 2, "YES", TENTH, room=lone.id))
    await house.hold(both.id, reason="odd")
    await house.hold(lone.id, reason="odd")

    assert Advances((Advanced(both.id, RoomStatus.LOCKED),), ()) == await house.moves(both.lock_at_ms)


async def test_somebody_was_faster() -> None:
    """A room that two workers found due is moved by one; the other finds it elsewhere and does nothing."""
    room = a_room(status=RoomStatus.OPEN, opened_at_ms=NOON_MS)
    house = await with_bets(room, "YES", "NO")
    house.clock.set(room.lock_at_ms)
    late = AdvanceRooms(store=Overtaken(house.store, house.moves))

    assert Ok(NOTHING) == await late(house.now_ms)
    assert RoomStatus.LOCKED is (await house.stands(room)).status


async def test_a_room_that_is_broken_stops_no_other() -> None:
    """Its pot lacks money: nothing of it is refunded, it is named, and the room after it is void as it should be."""
    broken, sound = a_room(1_000), a_room(2_000)
    house = await with_bets(broken, "YES")
    await house.books.opened(sound, a_bet(500, 2, "YES", TENTH, room=sound.id))
    await steal(house, broken)
    advances = await house.moves(broken.lock_at_ms)

    assert [Advanced(sound.id, RoomStatus.VOIDED, VoidReason.TOO_FEW_PLAYERS)] == list(advances.moved)
    (stuck,) = advances.stuck
    assert (broken.id, True) == (stuck.room, stuck.why.startswith("I3"))
    assert RoomStatus.QUEUING is (await house.stands(broken)).status


async def test_a_store_that_fails_on_one_room_is_asked_again_with_the_next_look() -> None:
    """The others move, and nothing is lost but time."""
    first, second = a_room(1_000), a_room(2_000)
    house = await with_bets(first)
    await house.books.opened(second)
    house.store.plan(Fate.DONE, Fate.FAILED)
    advances = await house.moves(first.lock_at_ms)

    assert (Stuck(first.id, "COMMIT failed; nothing was written"),) == advances.stuck
    assert [second.id] == [moved.room for moved in advances.moved]
    assert [first.id] == [moved.room for moved in (await house.moves()).moved]


async def test_without_the_list_nothing_is_tried() -> None:
    """The failure is handed on."""
    house = House()
    house.store.plan(Fate.FAILED)

    assert Err(StoreFailed("COMMIT failed; nothing was written")) == await house.advance(house.now_ms)


async def test_what_was_refunded_once_is_never_refunded_again() -> None:
    """The key of a room's refunds is posted once; whatever its status says, a second time moves nothing (I5)."""
    room = a_room()
    house = await with_bets(room, "YES")
    elsewhere = Posting(PostingKind.VOID_REFUND, pot(room.id), available(UserId(2)), TENTH)

    async def refunded(books: Books) -> None:
        await books.journal.post(JournalEntry(entries.void_key(room.id), (elsewhere,)))

    await house.books.do(refunded)
    assert NOTHING == await house.moves(room.lock_at_ms)
    assert sols("1").value == await house.balance(available(UserId(2)))


async def steal(house: House, room: Room) -> None:
    """A lamport of the pot lies where it does not belong."""
    lost = Posting(PostingKind.PROTOCOL, pot(room.id), PROTOCOL, Lamports(1))

    async def work(books: Books) -> None:
        await books.journal.post(JournalEntry("theft", (lost,)))

    await house.books.do(work)
