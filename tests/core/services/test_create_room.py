"""Creating rooms: every refusal keeps nothing, and what is created is frozen (decisions R2, R6, M4)."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import SUBSIDY, room_subsidy
from rooms_core.domain.market import Mode, PoolDepth, PumpMarketCap, TargetTooNear
from rooms_core.domain.money import Lamports
from rooms_core.domain.room_request import (
    DepthUnknown,
    HostUnknown,
    RoomRequest,
    SettleTimeOutside,
    SubsidyNotCovered,
    TargetNotPositive,
)
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.ports.oracle import NotPriceable, OracleFailed
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.services.create_room import CreateRoom
from rooms_core.testing.builders import MINUTE_MS, USD, a_reading, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.house import House, a_request
from rooms_core.testing.memory_store import Fate

MINT = PumpMarketCap("So11111111111111111111111111111111111111112")


async def rooms(house: House) -> int:
    """How many rooms there are."""

    async def work(books: Books) -> int:
        return len(await books.rooms.find(list(RoomStatus)))

    return await house.books.do(work)


async def test_a_room_is_created_queuing_and_kept() -> None:
    """It has an id, a salt that nobody sees, the house's rules, and an empty pot."""
    house = House()
    await house.books.people(2, each=sols("1"))
    room = await house.room(a_request(now_ms=house.now_ms, host=2))

    assert room == await house.stands(room)
    assert (RoomStatus.QUEUING, True, HouseRules()) == (room.status, room.hosted, room.rules)
    assert 16 == len(room.salt)
    assert (house.now_ms, house.now_ms + 60 * MINUTE_MS) == (room.created_at_ms, room.settle_at_ms)


async def test_two_rooms_have_two_ids_and_two_salts() -> None:
    """So a bettor has another name in each receipt."""
    house = House()
    first, second = await house.room(), await house.room()

    assert first.id < second.id
    assert first.salt != second.salt


@pytest.mark.parametrize(
    "request_, refused",
    [
        (a_request(now_ms=0, target=0), TargetNotPositive(0)),
        (a_request(now_ms=ManualClock().now_ms(), host=2), HostUnknown(UserId(2))),
        (
            a_request(now_ms=ManualClock().now_ms(), target=190 * USD + 1),
            TargetTooNear(190 * USD + 1, 190 * USD, 190 * USD, 2_000),
        ),
    ],
)
async def test_a_refused_room_leaves_no_trace(request_: RoomRequest, refused: object) -> None:
    """The first rule that refuses is answered, and nothing is kept."""
    house = House()
    house.oracle.readings["SOL/USD"] = a_reading(190 * USD)

    assert Err(refused) == await house.create(request_)
    assert 0 == await rooms(house)


async def test_a_question_nobody_can_price_is_refused() -> None:
    """Creation needs an accepted price; the oracle's own reason is handed on."""
    house = House()
    request = a_request(now_ms=house.now_ms)

    assert Err(NotPriceable("SOL/USD", "unknown")) == await house.create(request)
    house.oracle.readings["SOL/USD"] = OracleFailed("silent")
    assert Err(OracleFailed("silent")) == await house.create(request)
    assert 0 == await rooms(house)


async def test_the_units_of_works_own_time_counts() -> None:
    """A request that waited too long for the store is judged again by the store's clock (E8)."""
    house = House()
    house.oracle.readings["SOL/USD"] = a_reading(190 * USD)
    ahead = house.clock.advance(minutes=1)
    asked = a_request(now_ms=ahead - MINUTE_MS, minutes=15)
    early = ManualClock(ahead - MINUTE_MS)
    create = CreateRoom(
        store=house.store, oracle=house.oracle, clock=early, ids=house.ids, rng=house.rng, rules=HouseRules()
    )

    assert Err(SettleTimeOutside(14 * MINUTE_MS, 15 * MINUTE_MS, 24 * 60 * MINUTE_MS)) == await create(asked)


async def test_a_thin_token_needs_its_pools_depth() -> None:
    """The room keeps the depth and κ it is bounded by (R6)."""
    house = House(kappa=3)
    asked = a_request(now_ms=house.now_ms, subject=MINT, target=120_000_00)
    house.oracle.readings[MINT.instrument] = a_reading(100_000_00, instrument=MINT.instrument)

    assert Err(DepthUnknown(MINT.instrument)) == await house.create(asked)
    house.oracle.depths[MINT.instrument] = PoolDepth(10_000_00, 10_000, 150 * USD)
    made = await house.create(asked)
    assert isinstance(made, Ok)
    assert made.value.thin is not None
    assert (3, Mode.AT_CLOSE) == (made.value.thin.kappa, made.value.market.mode)


@pytest.mark.parametrize("funded, covered", [("0", False), ("0.999999999", False), ("1", True), ("5", True)])
async def test_a_house_that_may_owe_dividends_sets_them_aside_first(funded: str, covered: bool) -> None:
    """A room whose rules can need a subsidy is refused unless the subsidy account holds the most it may cost (M4)."""
    rules = HouseRules.preset("us-tote", subsidy_max=sols("1"))
    house = House(rules)
    if funded != "0":
        await house.books.funded(SUBSIDY, sols(funded))
    house.oracle.readings["SOL/USD"] = a_reading(190 * USD)
    made = await house.create(a_request(now_ms=house.now_ms))

    if covered:
        assert isinstance(made, Ok)
        assert sols("1").value == await house.balance(room_subsidy(made.value.id))
        assert sols(funded).value - sols("1").value == await house.balance(SUBSIDY)
    else:
        assert Err(SubsidyNotCovered(sols("1"), sols(funded))) == made
        assert (0, sols(funded).value) == (await rooms(house), await house.balance(SUBSIDY))


async def test_promised_dividends_without_anything_set_aside_are_refused() -> None:
    """A minimum dividend needs a subsidy above 0, however full the account is."""
    house = House(HouseRules.preset("uk-tote"))
    await house.books.funded(SUBSIDY, sols("9"))
    house.oracle.readings["SOL/USD"] = a_reading(190 * USD)

    assert Err(SubsidyNotCovered(Lamports(0), sols("9"))) == await house.create(
        a_request(now_ms=house.now_ms)
    )


async def test_the_next_room_is_covered_by_what_is_left() -> None:
    """What is set aside for one room cannot cover another."""
    house = House(HouseRules.preset("us-tote", subsidy_max=sols("1")))
    await house.books.funded(SUBSIDY, sols("1.5"))
    await house.room()

    assert Err(SubsidyNotCovered(sols("1"), sols("0.5"))) == await house.create(
        a_request(now_ms=house.now_ms)
    )


async def test_a_room_the_store_did_not_take_is_not_there() -> None:
    """A failed COMMIT keeps neither the room nor what was set aside for it."""
    house = House()
    house.oracle.readings["SOL/USD"] = a_reading(190 * USD)
    house.store.plan(Fate.FAILED)
    made = await house.create(a_request(now_ms=house.now_ms))

    assert isinstance(made, Err)
    assert isinstance(made.why, StoreFailed)
    assert 0 == await rooms(house)
