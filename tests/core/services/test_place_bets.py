"""Placing bets: each order has its own answer, and the refusals of a room that may know its answer (R4, R6, M12)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from rooms_core.domain.bet import (
    BalanceTooLow,
    Bet,
    BetOrder,
    BetRefused,
    BettingEnded,
    BettorUnknown,
    CapReached,
    GapUnaudited,
    KeyConflict,
    LiquidityHalved,
    OutcomeUnknown,
    PriceTooNear,
    PriceTooOld,
    ReturnTooLow,
    RoomNotOpen,
    RoomUnknown,
    StakeTooLarge,
    StakeTooSmall,
    SubsidyUsedUp,
    TouchPending,
)
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import SUBSIDY, available, pot
from rooms_core.domain.keys import KeyIllFormed
from rooms_core.domain.market import MarketState, Mode, PoolDepth, PumpMarketCap, Reading
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.builders import (
    USD,
    a_market_state,
    a_reading,
    a_room,
    an_order,
    sols,
)
from rooms_core.testing.house import House, a_request
from rooms_core.testing.memory_store import Fate

T = TypeVar("T")
E = TypeVar("E")
ONE = sols("1")
TENTH = sols("0.1")
MINT = PumpMarketCap("So11111111111111111111111111111111111111112")
DEPTH = PoolDepth(liquidity_cents=10_000_00, fee_ppm=10_000, sol_price=150 * USD)


class Counted:
    """A store that counts its units of work."""

    store: Store
    count = 0

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        self.count += 1
        return await self.store.run(work)

    async def fence(self) -> Result[None, StoreFailed]:
        return await self.store.fence()


class Forgetful(Counted):
    """A store whose books find no bet by its key."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        async def forgetful(books: Books) -> Result[T, E]:
            async def none(_: Sequence[BetOrder]) -> dict[tuple[RoomId, UserId, str], Bet]:
                return {}

            books.bets.known = none  # type: ignore[assignment, method-assign]
            return await work(books)

        return await self.store.run(forgetful)


async def saw(house: House, *states: MarketState) -> None:
    """The monitor has written these rows."""

    async def work(books: Books) -> None:
        await books.markets.save(states)

    await house.books.do(work)


async def close_room(house: House, *bettors: int, rules: HouseRules | None = None) -> Room:
    """An AT_CLOSE room, which never looks at the market, and people with 1 SOL each."""
    await house.books.people(*bettors, each=ONE)
    room = a_room(rules=rules)
    await house.books.opened(room)
    return room


async def touch_room(house: House, *bettors: int) -> Room:
    """A TOUCH room on SOL at 200 USD, seen at 190 now, and people with 1 SOL each."""
    await house.books.people(*bettors, each=ONE)
    room = await house.room()
    await saw(house, a_market_state(a_reading(190 * USD)))
    return room


async def test_a_stake_moves_from_the_balance_into_the_pot() -> None:
    """The bet is recorded with the time of the unit of work, and joining is betting: it counts while QUEUING (R1)."""
    house = House()
    room = await close_room(house, 2)
    house.clock.advance(seconds=5)
    answer = await house.bet(2, "YES", TENTH, room, key="a")

    assert isinstance(answer, Ok)
    assert ("a", room.id, UserId(2), "YES", TENTH, house.now_ms) == (
        answer.value.key,
        answer.value.room,
        answer.value.bettor,
        answer.value.outcome,
        answer.value.stake,
        answer.value.placed_at_ms,
    )
    assert TENTH.value == await house.balance(pot(room.id))
    assert sols("0.9").value == await house.balance(available(UserId(2)))
    assert TENTH == (await house.stands(room)).pool.gross


async def test_a_refused_order_fails_no_other() -> None:
    """A list of orders has a list of answers, in the same order; only the accepted stakes move."""
    house = House()
    room = await close_room(house, 2, 4)
    answers = await house.place(
        [
            an_order(2, "YES", sols("0.6"), key="1"),
            an_order(2, "NO", sols("0.6"), key="2"),
            an_order(6, "NO", TENTH),
            an_order(4, "NO", TENTH, room=8),
            an_order(4, "MAYBE", TENTH, key="3"),
            an_order(4, "NO", TENTH, key="4"),
        ]
    )

    assert isinstance(answers, Ok)
    first, *refused, last = answers.value
    assert isinstance(first, Ok)
    assert isinstance(last, Ok)
    assert [
        Err(BalanceTooLow(sols("0.4"), sols("0.6"))),
        Err(BettorUnknown(UserId(6))),
        Err(RoomUnknown(an_order(4, "NO", TENTH, room=8).room)),
        Err(OutcomeUnknown(an_order(4, "MAYBE", TENTH).outcome, room.pool.outcomes)),
    ] == refused
    assert sols("0.7").value == await house.balance(pot(room.id))


async def test_refusals_change_nothing() -> None:
    """A list in which every order is refused leaves the books as they were."""
    house = House()
    room = await close_room(house, 2)
    answers = await house.place([an_order(2, "YES", sols("2")), an_order(4, "YES", TENTH)])

    assert isinstance(answers, Ok)
    assert all(isinstance(answer, Err) for answer in answers.value)
    assert 0 == house.store.writes
    assert room == await house.stands(room)


async def test_the_same_key_is_the_same_bet() -> None:
    """A double click is answered with the first bet, in one list or hours later, even when betting has ended (I5)."""
    house = House()
    room = await close_room(house, 2)
    order = an_order(2, "YES", TENTH, key="click")
    both = await house.place([order, order])
    house.clock.set(room.lock_at_ms)
    again = await house.place([order])

    assert isinstance(both, Ok)
    assert isinstance(again, Ok)
    first, second = both.value
    assert first == second
    assert [first] == again.value
    assert TENTH.value == await house.balance(pot(room.id))


async def test_a_key_for_another_bet_is_a_conflict() -> None:
    """The first bet stands unchanged, and the refusal shows it; in one list as well as later."""
    house = House()
    room = await close_room(house, 2)
    first = await house.bet(2, "YES", TENTH, room, key="k")
    assert isinstance(first, Ok)

    assert Err(KeyConflict(first.value)) == await house.bet(2, "NO", TENTH, room, key="k")
    assert Err(KeyConflict(first.value)) == await house.bet(2, "YES", sols("0.2"), room, key="k")
    both = await house.place([an_order(2, "YES", TENTH, key="n"), an_order(2, "NO", TENTH, key="n")])
    assert isinstance(both, Ok)
    assert isinstance(both.value[0], Ok)
    assert Err(KeyConflict(both.value[0].value)) == both.value[1]


async def test_an_old_order_among_new_ones_takes_nothing_from_them() -> None:
    """It is answered with its bet, and what it would have cost stays with the bettor for his next order."""
    house = House()
    room = await close_room(house, 2)
    old = an_order(2, "YES", sols("0.6"), key="old")
    first = await house.place([old])
    answers = await house.place([old, an_order(2, "NO", sols("0.4"), key="new")])

    assert isinstance(first, Ok)
    assert isinstance(answers, Ok)
    again, new = answers.value
    assert first.value == [again]
    assert isinstance(new, Ok)
    assert 0 == await house.balance(available(UserId(2)))
    assert ONE.value == await house.balance(pot(room.id))


async def test_who_repeats_himself_costs_a_second_look_once_in_twenty_batches() -> None:
    """After a key came back the next batches look for known keys first, so that none of them is undone."""
    house, runs = House(), Counted()
    await close_room(house, 2)
    runs.store = house.store
    place = PlaceBets(store=runs, ids=house.ids)
    new = [[an_order(2, "YES", sols("0.001"), key=str(number))] for number in range(30)]
    await place(new[0])
    assert runs.count == 1

    for _ in range(20):
        await place(new[0])
    assert runs.count == 1 + 21
    await place(new[1])
    assert runs.count == 1 + 22
    await place(new[1])
    assert runs.count == 1 + 24


async def test_a_key_that_is_known_only_when_it_is_written_is_a_bug() -> None:
    """Books that know nothing of a key and refuse it all the same end the unit of work: nothing is paid on a guess."""
    house = House()
    await close_room(house, 2)
    order = an_order(2, "YES", TENTH, key="k")
    await house.place([order])
    forgetful = PlaceBets(store=Forgetful(house.store), ids=house.ids)

    with pytest.raises(InvariantBroken, match="I5"):
        await forgetful([order])


async def test_a_key_belongs_to_one_bettor_in_one_room() -> None:
    """Others may use the same key, and he may in another room."""
    house = House()
    room = await close_room(house, 2, 4)
    other = a_room(2_000)
    await house.books.opened(other)

    assert isinstance(await house.bet(2, "YES", TENTH, room, key="k"), Ok)
    assert isinstance(await house.bet(4, "NO", TENTH, room, key="k"), Ok)
    assert isinstance(await house.bet(2, "NO", TENTH, other, key="k"), Ok)


async def test_a_lost_answer_to_commit_is_asked_again_under_the_same_key() -> None:
    """Unknown is neither yes nor no: the second try is answered with the bet that stands, and nothing moves twice."""
    house = House()
    room = await close_room(house, 2)
    house.store.plan(Fate.UNKNOWN)
    order = an_order(2, "YES", TENTH, key="k")
    lost = await house.place([order])
    again = await house.place([order])

    assert isinstance(lost, Err)
    assert isinstance(lost.why, StoreFailed)
    assert isinstance(again, Ok)
    assert isinstance(again.value[0], Ok)
    assert TENTH.value == await house.balance(pot(room.id))


@pytest.mark.parametrize(
    "stake, refused",
    [
        (sols("0.000999999"), StakeTooSmall(sols("0.000999999"), sols("0.001"))),
        (sols("1.000000001"), BalanceTooLow(ONE, sols("1.000000001"))),
        (
            Lamports(STORED_MAX + 1),
            StakeTooLarge(Lamports(STORED_MAX + 1), Lamports(STORED_MAX), Lamports(STORED_MAX)),
        ),
    ],
)
async def test_stakes_have_limits(stake: Lamports, refused: BetRefused) -> None:
    """At least 0.001 SOL, at most what he has, and never beyond what can be stored (M10)."""
    house = House()
    room = await close_room(house, 2)

    assert Err(refused) == await house.bet(2, "YES", stake, room)


async def test_betting_ends_at_lock() -> None:
    """The last ms before the lock counts; at the lock it is over, by the clock of the unit of work (I11, E8)."""
    house = House()
    room = await close_room(house, 2)
    house.clock.set(room.lock_at_ms - 1)
    assert isinstance(await house.bet(2, "YES", TENTH, room), Ok)
    house.clock.advance(1)

    assert Err(BettingEnded(room.lock_at_ms, room.lock_at_ms)) == await house.bet(2, "YES", TENTH, room)


@pytest.mark.parametrize(
    "status", [RoomStatus.LOCKED, RoomStatus.SETTLING, RoomStatus.SETTLED, RoomStatus.VOIDED]
)
async def test_a_room_past_its_lock_takes_no_bets(status: RoomStatus) -> None:
    """Only QUEUING and OPEN rooms do."""
    house = House()
    await house.books.people(2, each=ONE)
    room = a_room(status=status)
    await house.books.opened(room)

    assert Err(RoomNotOpen(status)) == await house.bet(2, "YES", TENTH, room)


async def test_a_bettor_may_protect_his_return() -> None:
    """An order with `return_min` is refused below it, his own stake included, at the pools of that moment (M12)."""
    house = House()
    room = await close_room(house, 2, 4)
    await house.bet(2, "NO", sols("0.5"), room)
    # 0.1 against 0.5: the net pool of 0.582 is all his
    enough, more = sols("0.582"), sols("0.582000001")

    assert Err(ReturnTooLow(enough, more)) == await house.bet(4, "YES", TENTH, room, return_min=more)
    assert isinstance(await house.bet(4, "YES", TENTH, room, return_min=enough), Ok)


async def test_the_return_is_judged_after_the_orders_before_it() -> None:
    """In one list the pool moves on with each bet that is accepted."""
    house = House()
    room = await close_room(house, 2, 4, 6)
    await house.bet(2, "NO", sols("0.5"), room)
    answers = await house.place(
        [an_order(4, "YES", TENTH), an_order(6, "YES", TENTH, return_min=sols("0.582"))]
    )

    assert isinstance(answers, Ok)
    assert Err(ReturnTooLow(sols("0.3395"), sols("0.582"))) == answers.value[1]


@pytest.mark.parametrize(
    "reading, range_ppm, gap_from_ms, refused",
    [
        (a_reading(190 * USD), 0, 5, GapUnaudited(5)),
        (a_reading(200 * USD), 0, None, TouchPending(a_reading(1).tick_ms)),
        (a_reading(201 * USD), 0, None, TouchPending(a_reading(1).tick_ms)),
        # the band is at the target though its price is no hit
        (replace(a_reading(199 * USD), hi=200 * USD), 0, None, PriceTooNear(0, 1_000)),
        (a_reading(200 * USD - USD // 5), 0, None, PriceTooNear(1_000, 1_000)),
        (a_reading(190 * USD), 50_000, None, PriceTooNear(50_000, 50_000)),
    ],
)
async def test_nobody_bets_on_a_touch_that_may_be_known(
    reading: Reading, range_ppm: int, gap_from_ms: int | None, refused: BetRefused
) -> None:
    """A gap, a first hit, a price near the target, or a wide market: QUEUING rooms refuse too (R4)."""
    house = House()
    room = await touch_room(house, 2)
    await saw(house, a_market_state(reading, range_ppm=range_ppm, gap_from_ms=gap_from_ms))

    assert Err(refused) == await house.bet(2, "YES", TENTH, room)
    assert Err(refused) == await house.bet(2, "NO", TENTH, room)


async def test_betting_goes_on_after_a_single_hit_was_none() -> None:
    """The next accepted tick that is no hit opens the room again (R4)."""
    house = House()
    room = await touch_room(house, 2)
    await saw(house, a_market_state(a_reading(200 * USD)))
    assert isinstance(await house.bet(2, "YES", TENTH, room), Err)
    await saw(house, a_market_state(a_reading(195 * USD, tick_ms=house.clock.advance(seconds=3))))

    assert isinstance(await house.bet(2, "YES", TENTH, room), Ok)


async def test_an_old_price_is_no_price() -> None:
    """Six seconds after the last accepted tick betting rests; without any tick it never began (R4)."""
    house = House()
    await house.books.people(2, each=ONE)
    room = await house.room()
    assert Err(PriceTooOld(None, 6_000)) == await house.bet(2, "YES", TENTH, room)
    await saw(house, a_market_state(a_reading(190 * USD)))

    house.clock.advance(seconds=6)
    assert isinstance(await house.bet(2, "YES", TENTH, room), Ok)
    house.clock.advance(1)
    assert Err(PriceTooOld(6_001, 6_000)) == await house.bet(2, "YES", TENTH, room)


async def test_rooms_that_compare_at_the_close_never_ask_the_market() -> None:
    """AT_CLOSE rooms have none of these refusals (R4)."""
    house = House()
    await house.books.people(2, each=ONE)
    room = await house.room(a_request(now_ms=house.now_ms, mode=Mode.AT_CLOSE))
    await saw(house, a_market_state(a_reading(201 * USD), gap_from_ms=5))

    assert isinstance(await house.bet(2, "YES", TENTH, room), Ok)


async def thin_rooms(house: House, *bettors: int) -> tuple[Room, Room]:
    """Two rooms on one mint, whose cap is 0.6366 SOL together."""
    await house.books.people(*bettors, each=ONE)
    house.oracle.depths[MINT.instrument] = DEPTH
    ask = a_request(now_ms=house.now_ms, subject=MINT, target=120_000_00)
    first, second = await house.room(ask, price=100_000_00), await house.room(ask, price=100_000_00)
    await depth_is(house, DEPTH)
    return first, second


async def depth_is(house: House, depth: PoolDepth | None) -> None:
    """The monitor has read this depth."""
    reading = a_reading(100_000_00, instrument=MINT.instrument, tick_ms=house.now_ms)
    await saw(house, MarketState(MINT.instrument, reading, 0, None, depth))


async def test_all_rooms_of_a_mint_share_one_cap() -> None:
    """What one room holds is missing in the other, in one list as well as across them (R6)."""
    house = House()
    first, second = await thin_rooms(house, 2, 4)
    assert first.thin is not None
    cap = first.thin.cap(DEPTH)
    half = Lamports(cap.value // 2)

    answers = await house.place(
        [
            an_order(2, "YES", half, room=first.id),
            an_order(4, "NO", Lamports(cap.value - half.value), room=second.id),
            an_order(4, "NO", sols("0.001"), room=first.id, key="2"),
        ]
    )
    assert isinstance(answers, Ok)
    assert [Ok, Ok, Err] == [type(answer) for answer in answers.value]
    assert Err(CapReached(cap, cap)) == answers.value[2]
    assert Err(CapReached(cap, cap)) == await house.bet(2, "YES", sols("0.001"), second)


async def test_the_cap_follows_the_lower_of_then_and_now() -> None:
    """A pool that has shrunk bounds its rooms more; one that has grown does not bound them less (R6)."""
    house = House()
    room, _ = await thin_rooms(house, 2, 4)
    assert room.thin is not None
    cap = room.thin.cap(DEPTH)

    await depth_is(house, replace(DEPTH, liquidity_cents=2 * DEPTH.liquidity_cents))
    assert Err(CapReached(cap, Lamports(0))) == await house.bet(2, "YES", cap + Lamports(1), room)
    shrunk = replace(DEPTH, liquidity_cents=DEPTH.liquidity_cents * 6 // 10)
    await depth_is(house, shrunk)
    assert Err(CapReached(room.thin.cap(shrunk), Lamports(0))) == await house.bet(2, "YES", cap, room)


async def test_halved_liquidity_ends_betting() -> None:
    """No further stakes, and never void for it: that would be a put for whoever owns the liquidity (R6)."""
    house = House()
    room, _ = await thin_rooms(house, 2)
    await depth_is(house, replace(DEPTH, liquidity_cents=5_000_00))

    assert Err(LiquidityHalved(10_000_00, 5_000_00)) == await house.bet(2, "YES", TENTH, room)
    assert RoomStatus.QUEUING is (await house.stands(room)).status


async def test_without_its_depth_a_thin_room_takes_no_bets() -> None:
    """What bounds the room must be known at every bet (R6)."""
    house = House()
    room, _ = await thin_rooms(house, 2)
    await depth_is(house, None)

    assert Err(PriceTooOld(None, 6_000)) == await house.bet(2, "YES", TENTH, room)


async def test_what_is_being_settled_no_longer_counts_for_the_cap() -> None:
    """The cap is over open rooms: a room that has its answer makes place (R6)."""
    house = House()
    first, second = await thin_rooms(house, 2, 4)
    assert first.thin is not None
    cap = first.thin.cap(DEPTH)
    assert isinstance(await house.bet(2, "YES", cap, first), Ok)

    async def answered(books: Books) -> None:
        room = (await books.rooms.lock([first.id]))[first.id]
        await books.rooms.save(replace(room, status=RoomStatus.SETTLING), was=room.status)

    await house.books.do(answered)
    assert isinstance(await house.bet(4, "NO", cap, second), Ok)


async def test_a_bet_that_could_cost_more_than_was_set_aside_is_refused() -> None:
    """A minimum dividend is paid from money that is there: 1.05 on a lone side costs the house (M4)."""
    house = House(HouseRules.preset("us-tote", subsidy_max=sols("0.02")))
    await house.books.funded(SUBSIDY, ONE)
    await house.books.people(2, 4, each=ONE)
    room = await house.room(a_request(now_ms=house.now_ms, mode=Mode.AT_CLOSE))
    assert isinstance(await house.bet(2, "NO", sols("0.01"), room), Ok)

    # 0.1 against 0.01: the net pool is 0.0902, the minimum pays 0.105
    assert isinstance(await house.bet(4, "YES", TENTH, room), Ok)
    # 0.2 against 0.01: 0.1722 and 0.21
    assert Err(SubsidyUsedUp(sols("0.0378"), sols("0.02"))) == await house.bet(4, "YES", TENTH, room)


async def test_a_room_of_any_age_keeps_its_own_rules() -> None:
    """The minimum stake is the room's, frozen when it was created, whatever the house asks today (M3)."""
    house = House()
    old = HouseRules()
    room = await close_room(house, 2, rules=replace(old, limits=replace(old.limits, stake_min=sols("0.5"))))

    assert Err(StakeTooSmall(TENTH, sols("0.5"))) == await house.bet(2, "YES", TENTH, room)


async def test_a_key_that_no_store_could_keep_is_refused_and_stops_no_other() -> None:
    """Signs nobody sees, or too many: the order beside it is placed (I5)."""
    house = House()
    await close_room(house, 2)
    good = an_order(2, "YES", TENTH, key="k")

    placed = await house.place([replace(good, key="a\0b"), good, replace(good, key="x" * 101)])

    assert isinstance(placed, Ok)
    first, second, third = placed.value
    assert Err(KeyIllFormed(100)) == first == third
    assert isinstance(second, Ok)
