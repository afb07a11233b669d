"""The promises of `ports.books.Rooms`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.ids import RoomId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import (
    CoinPrice,
    Direction,
    FoundBy,
    Market,
    Mode,
    Outcome,
    PoolDepth,
    PumpMarketCap,
)
from rooms_core.domain.money import Bps, Lamports
from rooms_core.domain.referral import ReferralBasis, ReferralTiers
from rooms_core.domain.room import Hold, Resolution, Room
from rooms_core.domain.rules import HouseRules, RoomLimits
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_market, a_resolution, a_room, sols
from rooms_core.testing.clock import NOON_MS

FULL = replace(
    a_room(
        host=2,
        outcomes=("Zoë", "a b", "NO"),
        market=Market(PumpMarketCap("mint"), Direction.DOWN, 10**15, Mode.TOUCH),
        rules=replace(
            HouseRules.preset("uk-tote", subsidy_max=sols("3"), limits=RoomLimits(players_min=5)),
            tiers=ReferralTiers((Bps(7),), ReferralBasis.WINNING),
        ),
        status=RoomStatus.OPEN,
        opened_at_ms=NOON_MS + 1,
        thin=ThinPool(created=PoolDepth(2**40, 10_000, 2**60), distance_ppm=123, kappa=3),
        hold=Hold("looks odd", NOON_MS + 2),
        resolution=Resolution(
            winning=(Outcome("Zoë"), Outcome("NO")),
            price=10**18,
            at_ms=NOON_MS + 3,
            found_by=FoundBy.AUDIT,
            evidence=("sha256:1", "sha256:2"),
            late_after_ms=NOON_MS,
        ),
    ),
    title="Will it — “really”? ✓",
)


@pytest.mark.parametrize(
    "room", [FULL, a_room(), *(a_room(rules=HouseRules.preset(name)) for name in ("us-tote", "losing-pool"))]
)
async def test_a_room_comes_back_as_it_was_recorded(keeper: Bookkeeper, room: Room) -> None:
    """Rules, market, times, salt, hold and answer are kept to the last figure."""
    await keeper.opened(room)

    assert room == await keeper.room(room)


async def test_a_room_is_recorded_once(keeper: Bookkeeper) -> None:
    """A second room under the same id is a bug, and changes nothing."""
    await keeper.opened(a_room())

    with pytest.raises(InvariantBroken):
        await keeper.do(lambda books: books.rooms.add(FULL))
    assert a_room() == await keeper.room(a_room())


async def test_a_room_begins_empty(keeper: Bookkeeper) -> None:
    """Only bets bring stakes into a pool."""
    with pytest.raises(InvariantBroken, match="I2"):
        await keeper.do(lambda books: books.rooms.add(a_room(stakes={"YES": sols("1"), "NO": sols("0")})))


async def test_lock_answers_known_rooms_in_id_order(keeper: Bookkeeper) -> None:
    """Unknown ids are left out; ids named twice are one room."""
    for number in (1_004, 1_000, 1_002):
        await keeper.opened(a_room(number))
    asked = [RoomId(number) for number in (1_004, 9_998, 1_000, 1_002, 1_000)]

    found = await keeper.do(lambda books: books.rooms.lock(asked))

    assert [1_000, 1_002, 1_004] == list(found)
    assert {} == await keeper.do(lambda books: books.rooms.lock([]))


async def test_save_writes_what_moves_if_the_status_is_still_the_same(keeper: Bookkeeper) -> None:
    """Status, opening time, hold and resolution are written; all else was frozen at creation."""
    await keeper.people(2, each=sols("1"))
    await keeper.opened(a_room(), a_bet(102, 2, "YES", sols("1")))
    stood = await keeper.room(a_room())
    moved = replace(
        stood,
        status=RoomStatus.OPEN,
        opened_at_ms=NOON_MS + 7,
        hold=Hold("why", NOON_MS),
        resolution=a_resolution("YES", late_after_ms=NOON_MS - 5),
    )
    forged = replace(moved, title="another title", pool=a_room().pool, settle_at_ms=1, host=None)

    assert await keeper.do(lambda books: books.rooms.save(forged, was=RoomStatus.QUEUING))
    assert moved == await keeper.room(stood)


async def test_save_can_take_a_hold_away(keeper: Bookkeeper) -> None:
    """A hold that was lifted is gone; the status may stay as it is."""
    await keeper.opened(FULL)
    lifted = replace(FULL, hold=None)

    assert await keeper.do(lambda books: books.rooms.save(lifted, was=RoomStatus.OPEN))
    assert lifted == await keeper.room(FULL)


@pytest.mark.parametrize("was", [RoomStatus.OPEN, RoomStatus.SETTLED])
async def test_save_refuses_when_the_status_has_moved(keeper: Bookkeeper, was: RoomStatus) -> None:
    """Of two who move a room, the second is told so and changes nothing (R7)."""
    await keeper.opened(a_room())
    moved = a_room(status=RoomStatus.VOIDED)

    assert not await keeper.do(lambda books: books.rooms.save(moved, was=was))
    assert a_room() == await keeper.room(a_room())


async def test_a_room_nobody_recorded_is_not_saved(keeper: Bookkeeper) -> None:
    """There is nothing to compare with."""
    assert not await keeper.do(lambda books: books.rooms.save(a_room(), was=RoomStatus.QUEUING))


@pytest.mark.parametrize(
    "times, found",
    [
        ({}, [1_000, 1_002]),
        ({"lock_due_ms": NOON_MS + 9}, []),
        ({"lock_due_ms": NOON_MS + 10}, [1_000]),
        ({"lock_due_ms": NOON_MS + 20}, [1_000, 1_002]),
        ({"settle_due_ms": NOON_MS + 99}, []),
        ({"settle_due_ms": NOON_MS + 100}, [1_002]),
        ({"lock_due_ms": NOON_MS + 10, "settle_due_ms": NOON_MS + 100}, []),
    ],
)
async def test_find_answers_rooms_in_these_states_whose_time_has_come(
    keeper: Bookkeeper, times: dict[str, int], found: list[int]
) -> None:
    """At or before the given time, by id; other states are not asked for."""
    wanted = (RoomStatus.QUEUING, RoomStatus.OPEN)
    rooms = [
        a_room(1_002, lock_at_ms=NOON_MS + 20, settle_at_ms=NOON_MS + 100),
        a_room(1_000, lock_at_ms=NOON_MS + 10, settle_at_ms=NOON_MS + 200, status=RoomStatus.OPEN),
        a_room(1_004, lock_at_ms=NOON_MS, settle_at_ms=NOON_MS, status=RoomStatus.LOCKED),
    ]
    for room in rooms:
        await keeper.opened(room)

    assert found == [room.id for room in await keeper.do(lambda books: books.rooms.find(wanted, **times))]
    assert [] == await keeper.do(lambda books: books.rooms.find([], **times))


async def test_rooms_are_found_with_their_pools(keeper: Bookkeeper) -> None:
    """A list shows what stands on each outcome."""
    await keeper.people(2, each=sols("9"))
    await keeper.opened(a_room(), a_bet(102, 2, "YES", sols("1")), a_bet(104, 2, "YES", sols("3")))

    (room,) = await keeper.do(lambda books: books.rooms.find([RoomStatus.QUEUING]))

    assert {"YES": sols("4"), "NO": Lamports(0)} == dict(room.pool.stakes)


async def test_what_stands_on_an_instrument_counts_rooms_before_their_settlement(keeper: Bookkeeper) -> None:
    """QUEUING, OPEN and LOCKED rooms of one instrument share a cap (R6); others are none of its business."""
    await keeper.people(2, each=sols("100"))
    other = a_market(subject=CoinPrice("BTC"))
    for place, status in enumerate(RoomStatus):
        room = a_room(1_000 + 2 * place, status=status)
        stakes = [a_bet(300 + 2 * place, 2, "YES", Lamports(10**place), room=room.id)]
        stakes.append(a_bet(500 + 2 * place, 2, "NO", Lamports(10**place), room=room.id))
        await keeper.opened(room, *stakes)
    await keeper.opened(a_room(1_100, market=other), a_bet(102, 2, "NO", sols("9"), room=1_100))

    assert Lamports(222) == await keeper.do(lambda books: books.rooms.staked_on("SOL/USD"))
    assert sols("9") == await keeper.do(lambda books: books.rooms.staked_on("BTC/USD"))
    assert Lamports(0) == await keeper.do(lambda books: books.rooms.staked_on("pump:mint"))
