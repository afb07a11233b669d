"""A room judges bets: what it refuses changes nothing, what it accepts is exactly one stake."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.laws.worlds import amounts, fair_houses, houses

from rooms_core.domain.bet import Bet, BetOrder, BetRefused
from rooms_core.domain.betting import Betting
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.market import (
    NO,
    YES,
    CoinPrice,
    Direction,
    Market,
    MarketState,
    Mode,
    Outcome,
    PoolDepth,
    PumpMarketCap,
    Reading,
)
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.quote import returned
from rooms_core.domain.room import Hold, Room
from rooms_core.domain.rules import HouseRules, RoomLimits
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.subsidy import subsidy_needed
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.builders import a_room, an_order
from rooms_core.testing.clock import NOON_MS

DEPTH = PoolDepth(2_500_000, 10_000, 10**14)
lamports = st.builds(Lamports, st.one_of(st.just(0), amounts))

rooms = st.builds(
    Room,
    id=st.just(RoomId(2)),
    title=st.just("SOL at 200 USD"),
    market=st.builds(
        Market,
        st.sampled_from([CoinPrice("SOL"), PumpMarketCap("mint")]),
        st.sampled_from(Direction),
        st.just(1_000_000),
        st.sampled_from(Mode),
    ),
    rules=st.sampled_from(
        [
            HouseRules(),
            HouseRules.preset("us-tote", subsidy_max=Lamports(10**9)),
            HouseRules.preset("uk-tote"),
            HouseRules.preset("pancakeswap"),
        ]
    ),
    host=st.none(),
    created_at_ms=st.just(0),
    lock_at_ms=st.just(100_000),
    settle_at_ms=st.just(300_000),
    pool=st.builds(
        lambda yes, no: Pool(((YES, Lamports(yes)), (NO, Lamports(no)))),
        st.integers(0, STORED_MAX // 2),
        st.integers(0, STORED_MAX // 2),
    ),
    salt=st.just(b""),
    status=st.sampled_from([RoomStatus.QUEUING, RoomStatus.OPEN, RoomStatus.OPEN, RoomStatus.LOCKED]),
    thin=st.sampled_from([None, None, ThinPool(created=DEPTH, distance_ppm=210_000)]),
    hold=st.sampled_from([None, None, None, Hold("why", 0)]),
)
orders = st.builds(
    BetOrder,
    key=st.just("k"),
    room=st.just(RoomId(2)),
    bettor=st.just(UserId(4)),
    outcome=st.sampled_from([YES, NO, YES, NO, Outcome("MAYBE")]),
    stake=lamports,
    return_min=st.one_of(st.none(), lamports),
)
prices = st.integers(900_000, 1_100_000)
markets = st.one_of(
    st.none(),
    st.builds(
        MarketState,
        st.just("SOL/USD"),
        st.builds(
            Reading,
            instrument=st.just("SOL/USD"),
            tick_ms=st.integers(40_000, 50_000),
            price=prices,
            lo=prices,
            hi=prices,
            hit_up=st.one_of(st.none(), prices),
            hit_down=st.one_of(st.none(), prices),
            evidence=st.just("hash"),
        ),
        st.sampled_from([0, 2_000, 200_000]),
        st.sampled_from([None, None, 7]),
        st.sampled_from([None, DEPTH, replace(DEPTH, liquidity_cents=1)]),
    ),
)


@given(rooms, orders, markets, lamports, lamports, st.sampled_from([50_000, 99_999, 100_000]))
def test_a_refusal_changes_nothing_and_a_bet_is_one_stake(
    room: Room,
    order: BetOrder,
    market: MarketState | None,
    available: Lamports,
    mint_staked: Lamports,
    now_ms: int,
) -> None:
    """Refused, the room is what it was; accepted, only the pool grows, by the stake, and every limit is kept."""
    before = replace(room)

    answer = room.accept(
        order,
        bet_id=BetId(6),
        available=available,
        now_ms=now_ms,
        market=market,
        mint_staked=mint_staked,
    )

    assert before == room
    if isinstance(answer, Ok):
        after, bet = answer.value
        assert replace(room, pool=room.pool.plus(order.outcome, order.stake)) == after
        assert bet.answers(order)
        assert now_ms == bet.placed_at_ms < room.lock_at_ms
        assert room.status.takes_bets
        assert room.hold is None
        assert room.rules.limits.stake_min <= order.stake <= available
        assert after.pool.gross.value <= STORED_MAX
        assert subsidy_needed(after.pool, room.rules) <= room.rules.subsidy_max
        if room.thin is not None:
            assert market is not None
            assert market.depth is not None
            assert mint_staked + order.stake <= room.thin.cap(market.depth)


@given(rooms, orders, markets, lamports)
def test_the_same_order_is_judged_the_same(
    room: Room, order: BetOrder, market: MarketState | None, available: Lamports
) -> None:
    """A judgement looks at nothing but what it is given."""

    def judged() -> object:
        return room.accept(order, bet_id=BetId(6), available=available, now_ms=50_000, market=market)

    assert judged() == judged()


@given(
    rooms,
    st.lists(st.tuples(orders, lamports, lamports), max_size=6),
    markets,
    st.sampled_from([50_000, 99_999, 100_000]),
)
def test_a_batch_is_judged_as_one_order_after_another(
    room: Room,
    batch: list[tuple[BetOrder, Lamports, Lamports]],
    market: MarketState | None,
    now_ms: int,
) -> None:
    """The quick way through a batch gives every order the answer of `Room.accept`, and leaves the same room."""
    betting = Betting(room, now_ms=now_ms, market=market)
    for number, (order, available, mint_staked) in enumerate(batch):
        plain = room.accept(
            order,
            bet_id=BetId(number),
            available=available,
            now_ms=now_ms,
            market=market,
            mint_staked=mint_staked,
        )
        expected: Result[Bet, BetRefused]
        if isinstance(plain, Err):
            expected = plain
        else:
            room, bet = plain.value
            expected = Ok(bet)

        assert expected == betting.judge(
            order, bet_id=BetId(number), available=available.value, mint_staked=mint_staked.value
        )
        assert room.pool.gross.value <= STORED_MAX
    assert room == betting.room


@given(rooms, orders, markets, lamports, st.sampled_from([50_000, 100_000]))
def test_a_room_that_rests_takes_no_order(
    room: Room, order: BetOrder, market: MarketState | None, available: Lamports, now_ms: int
) -> None:
    """What the room says to all alike stops every single one, whatever its stake."""
    if room.rests(market, now_ms) is not None:
        answer = room.accept(order, bet_id=BetId(6), available=available, now_ms=now_ms, market=market)
        assert isinstance(answer, Err)


@given(
    st.one_of(houses(), fair_houses()),
    st.lists(
        st.builds(Lamports, st.one_of(st.just(0), amounts.map(lambda stake: stake // 4))),
        min_size=2,
        max_size=4,
    ),
    st.data(),
)
def test_a_protected_return_is_judged_to_the_lamport(
    house: HouseRules, held: list[Lamports], data: st.DataObject
) -> None:
    """Whatever the house: at its exact return an order is judged in a batch as alone, and a lamport around it too."""
    pool = Pool(tuple((Outcome(name), stake) for name, stake in zip("ABCD", held, strict=False)))
    asked = replace(
        a_room(rules=replace(house, subsidy_max=Lamports(10**6), limits=RoomLimits(stake_min=Lamports(1)))),
        pool=pool,
    )
    outcome = data.draw(st.sampled_from(pool.outcomes))
    stake = data.draw(st.builds(Lamports, amounts))
    back = returned(pool.plus(outcome, stake), outcome, stake, house)
    for least in (Lamports(max(0, back.value - 1)), back, Lamports(back.value + 1)):
        order = an_order(2, outcome, stake, return_min=least)
        plain = asked.accept(order, bet_id=BetId(6), available=stake, now_ms=NOON_MS, market=None)
        quick = Betting(asked, now_ms=NOON_MS, market=None).judge(
            order, bet_id=BetId(6), available=stake.value
        )
        assert quick == (plain if isinstance(plain, Err) else Ok(plain.value[1]))
