"""A room judges bets, moves through its life, and knows its late window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rooms_core.domain.bet import (
    BalanceTooLow,
    Bet,
    BetOrder,
    BetRefused,
    BettingEnded,
    CapReached,
    GapUnaudited,
    LiquidityHalved,
    OutcomeUnknown,
    PriceTooNear,
    PriceTooOld,
    ReturnTooLow,
    RoomHeld,
    RoomNotOpen,
    StakeTooLarge,
    StakeTooSmall,
    SubsidyUsedUp,
    TouchPending,
)
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import (
    NO,
    YES,
    CoinPrice,
    Direction,
    FoundBy,
    Market,
    MarketState,
    Mode,
    Outcome,
    PoolDepth,
    PumpMarketCap,
    Reading,
    Subject,
)
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.room import ANSWERS, HOLD_MAX_MS, Hold, Room, held
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.result import Err, Ok

SOL = 1_000_000_000
LOCK, NOW = 100_000, 50_000
COIN, CAP = CoinPrice("SOL"), PumpMarketCap("mint")
DEPTH = PoolDepth(2_500_000, 10_000, 100 * 10**12)
THIN = ThinPool(created=DEPTH, distance_ppm=210_000)  # its cap is 2.5 SOL


def room(subject: Subject = COIN, mode: Mode = Mode.TOUCH, **changes: Any) -> Room:
    """A room asking whether a price of 1,000 reaches 1,100 (10 % away)."""
    made = Room(
        id=RoomId(2),
        title="SOL over 1100?",
        market=Market(subject, Direction.UP, 1_100, mode),
        rules=HouseRules(),
        host=UserId(4),
        created_at_ms=0,
        lock_at_ms=LOCK,
        settle_at_ms=300_000,
        pool=Pool.of({"YES": Lamports(90 * SOL), "NO": Lamports(50 * SOL)}),
        salt=b"salt",
        status=RoomStatus.OPEN,
    )
    return replace(made, **changes)


def state(*, price: int = 1_000, at_ms: int = NOW, up: int | None = None, **changes: Any) -> MarketState:
    """What the monitor last wrote."""
    last = Reading("SOL/USD", at_ms, price, price, price, up, None, "hash")
    return replace(MarketState("SOL/USD", last, 0, depth=DEPTH), **changes)


ORDER = BetOrder(key="k", room=RoomId(2), bettor=UserId(6), outcome=YES, stake=Lamports(10 * SOL))


def judged(
    asked: Room,
    order: BetOrder = ORDER,
    *,
    now_ms: int = NOW,
    market: MarketState | None = None,
    available: int = 10 * SOL,
    mint_staked: int = 0,
) -> tuple[Room, Bet] | BetRefused:
    """What a room answers to an order."""
    answer = asked.accept(
        order,
        bet_id=BetId(8),
        available=Lamports(available),
        now_ms=now_ms,
        market=market,
        mint_staked=Lamports(mint_staked),
    )
    return answer.value if isinstance(answer, Ok) else answer.why


def test_an_accepted_bet_joins_the_pool() -> None:
    """The bet carries the clock it was judged by, and the room goes on with the larger pool (E8)."""
    before = room()

    answer = judged(before, market=state())

    bet = Bet(
        id=BetId(8),
        key="k",
        room=RoomId(2),
        bettor=UserId(6),
        outcome=YES,
        stake=Lamports(10 * SOL),
        placed_at_ms=NOW,
    )
    after = replace(before, pool=Pool.of({"YES": Lamports(100 * SOL), "NO": Lamports(50 * SOL)}))
    assert (after, bet) == answer
    assert Lamports(140 * SOL) == before.pool.gross


@pytest.mark.parametrize(
    "status, refused",
    [(status, status not in (RoomStatus.QUEUING, RoomStatus.OPEN)) for status in RoomStatus],
)
def test_bets_are_taken_while_queuing_or_open(status: RoomStatus, refused: bool) -> None:
    """Joining is betting (R1)."""
    answer = judged(room(status=status), market=state())

    assert refused is (answer == RoomNotOpen(status))
    assert refused is not isinstance(answer, tuple)


def test_a_held_room_takes_no_bets() -> None:
    """A hold delays all money of a room (I7)."""
    assert RoomHeld("why") == judged(room(hold=Hold("why", 0)), market=state())


@pytest.mark.parametrize("now_ms, ended", [(LOCK - 1, False), (LOCK, True), (LOCK + 1, True)])
def test_no_bet_at_or_after_lock(now_ms: int, ended: bool) -> None:
    """By the clock of the unit of work, whatever the status says (I11)."""
    answer = judged(room(), now_ms=now_ms, market=state(at_ms=now_ms))

    assert ended is (answer == BettingEnded(LOCK, now_ms))
    assert ended is not isinstance(answer, tuple)


def test_an_outcome_the_room_does_not_have() -> None:
    """Outcomes are case-sensitive; the refusal lists those there are."""
    order = replace(ORDER, outcome=Outcome("Yes"))

    assert OutcomeUnknown(Outcome("Yes"), (YES, NO)) == judged(room(), order, market=state())
    assert (YES, NO) == ANSWERS


@pytest.mark.parametrize("stake, refused", [(999_999, True), (1_000_000, False)])
def test_the_smallest_stake(stake: int, refused: bool) -> None:
    """0.001 SOL, a rule of the house (M10)."""
    answer = judged(room(), replace(ORDER, stake=Lamports(stake)), market=state())

    assert refused is (answer == StakeTooSmall(Lamports(stake), Lamports(1_000_000)))
    assert refused is not isinstance(answer, tuple)


@pytest.mark.parametrize("beyond, refused", [(0, False), (1, True)])
def test_no_pot_passes_63_bits(beyond: int, refused: bool) -> None:
    """The refusal says how much still fits (M10)."""
    left = STORED_MAX - 140 * SOL
    order = replace(ORDER, stake=Lamports(left + beyond))

    answer = judged(room(), order, market=state(), available=STORED_MAX)

    expected = StakeTooLarge(Lamports(left + 1), Lamports(left), Lamports(STORED_MAX))
    assert refused is (answer == expected)
    assert refused is not isinstance(answer, tuple)


@pytest.mark.parametrize("available, refused", [(10 * SOL, False), (10 * SOL - 1, True), (0, True)])
def test_nobody_bets_more_than_he_has(available: int, refused: bool) -> None:
    """The bettor's balance covers his stake (I3)."""
    answer = judged(room(), market=state(), available=available)

    assert refused is (answer == BalanceTooLow(Lamports(available), Lamports(10 * SOL)))
    assert refused is not isinstance(answer, tuple)


@pytest.mark.parametrize("return_min, refused", [(14_550_000_000, False), (14_550_000_001, True), (0, False)])
def test_a_bettor_may_protect_his_return(return_min: int, refused: bool) -> None:
    """Refused if the return at the present pools, this stake included, is lower than asked (M12)."""
    answer = judged(room(), replace(ORDER, return_min=Lamports(return_min)), market=state())

    assert refused is (answer == ReturnTooLow(Lamports(14_550_000_000), Lamports(14_550_000_001)))
    assert refused is not isinstance(answer, tuple)


@pytest.mark.parametrize("set_aside, refused", [(29 * SOL, True), (30 * SOL, False)])
def test_promised_dividends_stay_covered(set_aside: int, refused: bool) -> None:
    """100 on YES against 0.001: 1.20 promised, 0.90 there: 30 SOL less a little (M4)."""
    rules = HouseRules.preset(
        "us-tote", takeout_bps=1_000, dividend_min_bps=12_000, subsidy_max=Lamports(set_aside)
    )
    before = room(rules=rules, pool=Pool.of({"YES": Lamports(90 * SOL), "NO": Lamports(1_000_000)}))

    answer = judged(before, market=state())

    # 120 − (100.001 × 0.9)
    assert refused is (answer == SubsidyUsedUp(Lamports(29_999_100_000), Lamports(29 * SOL)))
    assert refused is not isinstance(answer, tuple)


@pytest.mark.parametrize("mode", Mode)
def test_a_touch_room_needs_a_price(mode: Mode) -> None:
    """Without a row of the monitor no bets on a TOUCH room; AT_CLOSE has none of these refusals (R4)."""
    answer = judged(room(mode=mode), market=None)

    assert (answer == PriceTooOld(None, 6_000)) is (mode is Mode.TOUCH)


@pytest.mark.parametrize("age, refused", [(6_000, False), (6_001, True)])
def test_a_stale_price_takes_no_bets(age: int, refused: bool) -> None:
    """While the last accepted tick is older than 6 s (R4)."""
    answer = judged(room(), market=state(at_ms=NOW - age))

    assert refused is (answer == PriceTooOld(age, 6_000))
    assert refused is not isinstance(answer, tuple)


@pytest.mark.parametrize("ahead, refused", [(2_000, False), (2_001, True), (3_600_000, True)])
def test_a_clock_behind_the_ticks_takes_no_bets(ahead: int, refused: bool) -> None:
    """A bet dated before what its bettor may know would escape the late window: more than the skew is refused (R4)."""
    answer = judged(room(), market=state(at_ms=NOW + ahead))

    assert refused is (answer == PriceTooOld(-ahead, 6_000))
    assert refused is not isinstance(answer, tuple)


def test_an_unaudited_gap_takes_no_bets() -> None:
    """From the start of a gap over 6 s until its audit is done (R4)."""
    assert GapUnaudited(7) == judged(room(), market=state(gap_from_ms=7))


@pytest.mark.parametrize("up, refused", [(1_100, True), (1_099, False), (None, False)])
def test_from_a_first_hit_on_there_are_no_bets(up: int | None, refused: bool) -> None:
    """The next accepted tick decides; until then the answer may be known (R4)."""
    answer = judged(room(), market=state(up=up))

    assert refused is (answer == TouchPending(NOW))
    assert refused is not isinstance(answer, tuple)


@pytest.mark.parametrize(
    "subject, price, range_ppm, near, refused",
    [
        (COIN, 999_000, 0, 1_000, True),  # exactly 0.1 %
        (COIN, 998_999, 0, 1_000, False),
        (COIN, 998_000, 2_000, 2_000, True),  # the widest move of the last minutes counts
        (COIN, 997_999, 2_000, 2_000, False),
        (CAP, 970_000, 0, 30_000, True),  # pool-priced: 3 %
        (CAP, 969_999, 0, 30_000, False),
        (CAP, 960_000, 40_000, 40_000, True),
    ],
)
def test_near_the_target_there_are_no_bets(
    subject: Subject, price: int, range_ppm: int, near: int, refused: bool
) -> None:
    """d = the largest of 0.1 %, the widest recent move, and 3 % for a pool-priced room (R4)."""
    asked = room(
        subject,
        market=Market(subject, Direction.UP, 1_000_000, Mode.TOUCH),
        thin=THIN if subject is CAP else None,
        pool=Pool.empty(ANSWERS),
    )

    answer = judged(
        asked, replace(ORDER, stake=Lamports(SOL)), market=state(price=price, range_ppm=range_ppm)
    )

    assert refused is (answer == PriceTooNear(1_000_000 - price, near))
    assert refused is not isinstance(answer, tuple)


def test_an_at_close_room_has_none_of_these_refusals() -> None:
    """Old price, gap, hit, nearness: what is compared at the settle time is open until then (R4)."""
    market = state(price=1_100, at_ms=0, up=2_000, gap_from_ms=1, range_ppm=10**6)

    assert isinstance(judged(room(mode=Mode.AT_CLOSE), market=market), tuple)


@pytest.mark.parametrize("mint_staked, refused", [(1_500_000_000, False), (1_500_000_001, True)])
def test_all_rooms_of_a_mint_share_one_cap(mint_staked: int, refused: bool) -> None:
    """2.5 SOL for all open rooms of the token together (R6)."""
    asked = room(CAP, Mode.AT_CLOSE, thin=THIN, pool=Pool.empty(ANSWERS))
    order = replace(ORDER, stake=Lamports(SOL))

    answer = judged(asked, order, market=state(), mint_staked=mint_staked)

    assert refused is (answer == CapReached(Lamports(2_500_000_000), Lamports(mint_staked)))
    assert refused is not isinstance(answer, tuple)


def test_no_stakes_once_liquidity_has_halved() -> None:
    """The refusal says what the pool held and holds (R6)."""
    market = state(depth=PoolDepth(1_250_000, 10_000, 10**14))

    answer = judged(room(CAP, Mode.AT_CLOSE, thin=THIN), market=market)

    assert LiquidityHalved(2_500_000, 1_250_000) == answer


@pytest.mark.parametrize("market", [None, state(depth=None)])
def test_a_thin_room_needs_the_depth(market: MarketState | None) -> None:
    """Without knowing how deep the pool is now, nothing bounds the room (R6)."""
    assert PriceTooOld(None, 6_000) == judged(room(CAP, Mode.AT_CLOSE, thin=THIN), market=market)


@pytest.mark.parametrize("age, refused", [(6_000, False), (6_001, True), (-2_000, False), (-2_001, True)])
def test_a_thin_room_needs_a_fresh_depth(age: int, refused: bool) -> None:
    """A pool that cannot be read may be one that is being drained, whenever the room compares (R6)."""
    asked = room(CAP, Mode.AT_CLOSE, thin=THIN, pool=Pool.empty(ANSWERS))

    answer = judged(asked, replace(ORDER, stake=Lamports(SOL)), market=state(at_ms=NOW - age))

    assert refused is (answer == PriceTooOld(age, 6_000))
    assert refused is not isinstance(answer, tuple)


def test_the_first_rule_that_refuses_answers() -> None:
    """State before hold, lock, outcome, price, size, balance: a person hears one reason."""
    asked = room(status=RoomStatus.LOCKED, hold=Hold("why", 0))
    order = replace(ORDER, outcome=Outcome("?"), stake=Lamports(1))
    changed = (asked, room(hold=Hold("why", 0)), room(lock_at_ms=NOW), room())
    answers = [type(judged(each, order, available=0)) for each in changed]
    answers.append(type(judged(room(), replace(order, outcome=YES), available=0)))
    answers.append(type(judged(room(), available=0)))
    answers.append(type(judged(room(), available=0, market=state())))

    assert [
        RoomNotOpen,
        RoomHeld,
        BettingEnded,
        OutcomeUnknown,
        StakeTooSmall,
        PriceTooOld,
        BalanceTooLow,
    ] == answers


@pytest.mark.parametrize(
    "subject, found_by, window",
    [
        (COIN, FoundBy.TICKS, 12_000),
        (CAP, FoundBy.TICKS, 27_000),
        (COIN, FoundBy.AUDIT, 15_000),
        (CAP, FoundBy.AUDIT, 30_000),
    ],
)
def test_the_late_window(subject: Subject, found_by: FoundBy, window: int) -> None:
    """12 s before the last clear tick, 27 s pool-priced; 15 and 30 s before a gap that an audit found (R4)."""
    assert 100_000 - window == room(subject).late_after_ms(100_000, found_by)


def test_a_room_moves_along_its_table_only() -> None:
    """A move the table does not have is a bug (I7)."""
    assert RoomStatus.LOCKED is room().moved(RoomStatus.LOCKED).status
    with pytest.raises(InvariantBroken, match=r"^I7: room 2: OPEN -> SETTLED$"):
        room().moved(RoomStatus.SETTLED)


@pytest.mark.parametrize("host, hosted", [(UserId(4), True), (None, False)])
def test_a_room_with_a_host(host: UserId | None, hosted: bool) -> None:
    """No host, no host's share (M3)."""
    assert hosted is room(host=host).hosted


@pytest.mark.parametrize(
    "hold, now_ms, expected",
    [
        (None, 0, False),
        (Hold("why", 1_000), 1_000, True),
        (Hold("why", 1_000), 1_000 + 72 * 3_600_000 - 1, True),
        (Hold("why", 1_000), 1_000 + 72 * 3_600_000, False),
    ],
)
def test_a_hold_ends_after_72_hours(hold: Hold | None, now_ms: int, expected: bool) -> None:
    """Then the room settles on its evidence, else it is voided."""
    assert expected is held(room(hold=hold), now_ms)
    assert 72 * 3_600_000 == HOLD_MAX_MS


def test_a_refusal_is_an_err() -> None:
    """Refusals are values, never exceptions."""
    answer = room().accept(ORDER, bet_id=BetId(8), available=Lamports(0), now_ms=LOCK, market=None)

    assert Err(BettingEnded(LOCK, LOCK)) == answer
