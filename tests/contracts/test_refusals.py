"""Every refusal of a bet has its own answer, in memory, in SQLite and in PostgreSQL, alone and among good orders."""

from __future__ import annotations

import asyncio

import pytest
from tests.contracts.bad_orders import BAD, GOOD, HAS, NOBODY, PLAIN, furnish
from tests.contracts.sound import unsound

from rooms_core.domain.bet import BetOrder, DeskBusy
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.money import Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.result import Err, Ok
from rooms_core.services.bet_desk import BetDesk
from rooms_core.services.place_bets import PlaceBets
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room
from rooms_core.testing.ids import CountingIds
from rooms_core.testing.tasks import AwaitedTasks


@pytest.fixture
async def house(keeper: Bookkeeper) -> Bookkeeper:
    """A house with a room for each reason."""
    await furnish(keeper)
    return keeper


def place_bets(keeper: Bookkeeper) -> PlaceBets:
    """The service over these books."""
    return PlaceBets(store=keeper.store, ids=CountingIds(10_000))


async def all_money(keeper: Bookkeeper) -> object:
    """Every balance and every posting, in short."""
    report = await keeper.ask(lambda queries: queries.verify())
    pools = await keeper.do(lambda books: books.rooms.lock([room.order.room for room in BAD.values()]))
    return report.totals, {number: room.pool for number, room in pools.items()}


async def test_each_refusal_has_its_own_answer_and_moves_nothing(house: Bookkeeper) -> None:
    """One order alone, placed directly: R4, R6, `return_min`, amounts, keys, and numbers that nobody has."""
    place, before = place_bets(house), await all_money(house)

    found = {name: await place([bad.order]) for name, bad in BAD.items()}

    assert {name: Ok([Err(bad.why)]) for name, bad in BAD.items()} == found
    assert before == await all_money(house)
    assert [] == await unsound(house)


async def test_a_batch_of_bad_orders_harms_no_good_one(house: Bookkeeper) -> None:
    """All of them at the desk at once, good ones between them: one batch, and each has his own answer."""
    tasks = AwaitedTasks()
    desk = BetDesk(place=place_bets(house), tasks=tasks)
    mixed: list[tuple[str, BetOrder]] = [(name, bad.order) for name, bad in BAD.items()]
    for number, order in enumerate(GOOD):
        mixed.insert(number * len(mixed) // len(GOOD), ("good", order))

    answers = await asyncio.gather(*(desk(order) for _, order in mixed))
    await tasks.drain()

    found = {name: answer for (name, _), answer in zip(mixed, answers, strict=True) if name != "good"}
    assert {name: Err(bad.why) for name, bad in BAD.items()} == found
    assert len(GOOD) == sum(isinstance(answer, Ok) for answer in answers)
    assert 1 == desk.batches
    assert [] == await unsound(house)


async def test_the_same_order_again_is_the_same_bet(house: Bookkeeper) -> None:
    """The key answers with the first bet, however often, in one batch or in many, even in a room that has closed."""
    place, order = place_bets(house), GOOD[0]
    first = await place([order, order])
    house.clock.set(PLAIN.lock_at_ms)
    again = await place([order, order])

    assert isinstance(first, Ok)
    assert isinstance(first.value[0], Ok)
    assert first == again
    assert first.value[0] == first.value[1]
    assert [] == await unsound(house)


async def test_a_room_that_holds_all_money_there_can_be_is_settled(keeper: Bookkeeper) -> None:
    """2^63 − 1 lamports in one pot are paid out to the last one; no product on the way is too large (M10)."""
    room = a_room(status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    half = Lamports(2**62)
    await keeper.people(2, each=half)
    await keeper.people(4, each=half - Lamports(1))
    await keeper.opened(
        room, a_bet(900, 2, "YES", half, room=room.id), a_bet(902, 4, "NO", half - Lamports(1), room=room.id)
    )

    assert isinstance(await SettleRoom(store=keeper.store)(room.id), Ok)
    assert [] == await unsound(keeper)


async def test_a_full_desk_says_so_and_takes_nothing(house: Bookkeeper) -> None:
    """Who comes when nobody more may wait is answered at once, without the store."""
    desk = BetDesk(place=place_bets(house), tasks=AwaitedTasks(), queue_max=0)

    assert Err(DeskBusy(0)) == await desk(GOOD[0])
    assert [] == await unsound(house)


async def test_keys_that_no_column_holds_are_nobodys(keeper: Bookkeeper) -> None:
    """Rooms and people asked for by such numbers are left out, like all that are not there."""
    rooms, users = map(RoomId, NOBODY), map(UserId, NOBODY)
    await keeper.people(2, each=HAS)

    assert {} == await keeper.do(lambda books: books.rooms.lock([*rooms]))
    assert [2] == list(await keeper.do(lambda books: books.journal.wallets([UserId(2), *users])))
    assert [] == await unsound(keeper)
