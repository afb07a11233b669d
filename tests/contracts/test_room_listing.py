"""Listing rooms: filters, orders and pages, over rooms of every kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import CoinPrice, Direction, Mode, PumpMarketCap
from rooms_core.domain.room import Hold, Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.pages import Mark
from rooms_core.ports.room_filter import RoomFilter, RoomOrder
from rooms_core.result import Ok
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import MINUTE_MS, a_bet, a_market, a_resolution, a_room, sols
from rooms_core.testing.clock import NOON_MS

ANN, BEN, HOST = UserId(2), UserId(4), UserId(6)
MINT = "So11111111111111111111111111111111111111112"
SOON, COIN, DOWN, PUMP, HELD, DONE = (RoomId(1_000 + 2 * place) for place in range(6))
ACTIVE = frozenset({RoomStatus.QUEUING, RoomStatus.OPEN, RoomStatus.LOCKED, RoomStatus.SETTLING})


def settles(minutes: int) -> int:
    """A settle time, in minutes after noon."""
    return NOON_MS + minutes * MINUTE_MS


@pytest.fixture
async def rooms(keeper: Bookkeeper) -> Bookkeeper:
    """Six rooms; pots of 2, 5, 5, 9, 0 and (ended) 40 SOL."""
    await keeper.people(ANN, BEN, HOST, each=sols("100"))

    async def open_room(room: Room, *stakes: str) -> None:
        bets = [
            a_bet(
                room.id * 10 + 2 * place,
                (ANN, BEN)[place % 2],
                ("YES", "NO")[place % 2],
                sols(stake),
                room=room.id,
            )
            for place, stake in enumerate(stakes)
        ]
        await keeper.opened(room, *bets)

    await open_room(a_room(SOON, settle_at_ms=settles(15), status=RoomStatus.OPEN), "1", "1")
    await open_room(
        a_room(COIN, settle_at_ms=settles(60), host=HOST, market=a_market(mode=Mode.TOUCH)), "2", "3"
    )
    await open_room(
        a_room(
            DOWN,
            settle_at_ms=settles(30),
            market=a_market(subject=CoinPrice("BTC"), direction=Direction.DOWN),
        ),
        "4",
        "1",
    )
    pump = a_market(subject=PumpMarketCap(MINT), target=10_000_000)
    await open_room(a_room(PUMP, settle_at_ms=settles(30), status=RoomStatus.LOCKED, market=pump), "9")
    await open_room(a_room(HELD, settle_at_ms=settles(45), hold=Hold("odd", NOON_MS)))
    done = a_room(DONE, settle_at_ms=settles(20), status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    await open_room(done, "20", "20")
    assert isinstance(await SettleRoom(store=keeper.store)(DONE), Ok)
    return keeper


async def two(keeper: Bookkeeper, wanted: RoomFilter) -> list[Room]:
    """A page of two rooms."""
    return await keeper.ask(lambda ask: ask.rooms(replace(wanted, limit=2)))


@pytest.mark.parametrize(
    "wanted, found",
    [
        (RoomFilter(), [DONE, HELD, PUMP, DOWN, COIN, SOON]),
        (RoomFilter(statuses=ACTIVE), [HELD, PUMP, DOWN, COIN, SOON]),
        (RoomFilter(direction=Direction.DOWN), [DOWN]),
        (RoomFilter(mode=Mode.TOUCH), [COIN]),
        (RoomFilter(mode=Mode.TOUCH, direction=Direction.DOWN), []),
        (RoomFilter(pool_priced=True), [PUMP]),
        (RoomFilter(pool_priced=False, statuses=ACTIVE), [HELD, DOWN, COIN, SOON]),
        (RoomFilter(settles_before_ms=settles(30)), [DONE, SOON]),
        (RoomFilter(settles_before_ms=settles(30) + 1, held=False), [DONE, PUMP, DOWN, SOON]),
        (RoomFilter(pot_min=sols("5")), [PUMP, DOWN, COIN]),
        (RoomFilter(pot_min=sols("5"), host=HOST), [COIN]),
        (RoomFilter(pot_min=sols("0"), statuses=frozenset({RoomStatus.SETTLED})), []),
        (RoomFilter(instrument="BTC/USD", pot_min=sols("5")), [DOWN]),
        (RoomFilter(order=RoomOrder.ENDING_SOONEST), [SOON, DOWN, PUMP, HELD, COIN]),
        (RoomFilter(order=RoomOrder.ENDING_SOONEST, statuses=ACTIVE), [SOON, DOWN, PUMP, HELD, COIN]),
        (RoomFilter(order=RoomOrder.ENDING_SOONEST, host=HOST), [COIN]),
        (RoomFilter(order=RoomOrder.BIGGEST_POT), [PUMP, DOWN, COIN, SOON, HELD]),
        (RoomFilter(order=RoomOrder.BIGGEST_POT, pot_min=sols("2.000000001")), [PUMP, DOWN, COIN]),
        (RoomFilter(order=RoomOrder.BIGGEST_POT, statuses=frozenset({RoomStatus.LOCKED})), [PUMP]),
        (RoomFilter(order=RoomOrder.BIGGEST_POT, held=True), [HELD]),
    ],
)
async def test_rooms_are_listed_as_asked(rooms: Bookkeeper, wanted: RoomFilter, found: list[RoomId]) -> None:
    """Every filter narrows, every order orders; page by page it is the same list."""
    paged: list[Room] = []
    page = await two(rooms, wanted)
    while page:
        paged += page
        page = await two(rooms, replace(wanted, after=wanted.mark(page[-1])))

    assert found == [room.id for room in await rooms.ask(lambda ask: ask.rooms(wanted))]
    assert found == [room.id for room in paged]


async def test_a_listed_room_has_its_pool(rooms: Bookkeeper) -> None:
    """Whatever the order, it is the room as the books have it."""
    for order in RoomOrder:
        (first,) = await rooms.ask(lambda ask, o=order: ask.rooms(RoomFilter(order=o, limit=1)))  # type: ignore[misc]

        assert await rooms.room(first) == first


def test_before_is_for_the_newest_only() -> None:
    """An id alone does not say where a page ended that is ordered by something else."""
    for wrong in (
        {"order": RoomOrder.BIGGEST_POT, "before": RoomId(2)},
        {"after": Mark(2, 2), "before": RoomId(2)},
    ):
        with pytest.raises(InvariantBroken, match="before"):
            RoomFilter(**wrong)  # type: ignore[arg-type]
