"""Asking for a room: the first reason that refuses it, its times, and what is frozen into it (decisions R2, R3, R6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.address import NotAnAddress
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.market import (
    CoinPrice,
    Direction,
    Mode,
    PoolDepth,
    PumpMarketCap,
    Reading,
    Subject,
    TargetTooNear,
)
from rooms_core.domain.money import Bps
from rooms_core.domain.room import Room
from rooms_core.domain.room_request import (
    AMM_FLOOR_CENTS,
    CURVE_FLOOR_CENTS,
    AskRefused,
    DepthUnknown,
    LockShareOutside,
    PoolTooShallow,
    RoomRequest,
    RoomTimes,
    SettleTimeOutside,
    SymbolIllFormed,
    TargetNotPositive,
    check_request,
    make_room,
    room_times,
)
from rooms_core.domain.rules import HouseRules, RoomLimits, TotalWithBeneficiaries
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.domain.title import TitleLength
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.builders import MINUTE_MS, SOL, USD, a_reading
from rooms_core.testing.clock import NOON_MS

HOUR_MS = 60 * MINUTE_MS
RULES = HouseRules()
TIMES = RoomTimes(NOON_MS + 30 * MINUTE_MS, NOON_MS + HOUR_MS)
MINT = PumpMarketCap("So11111111111111111111111111111111111111112")
DEEP = PoolDepth(liquidity_cents=10_000_00, fee_ppm=10_000, sol_price=150 * USD)


def a_request(
    *,
    subject: Subject = SOL,
    target: int = 200 * USD,
    ahead_ms: int = HOUR_MS,
    mode: Mode | None = None,
    lock_share: int | None = None,
    title: str = "SOL above 200 USD",
    host: int | None = 2,
) -> RoomRequest:
    """An ordinary request, an hour ahead."""
    return RoomRequest(
        host=None if host is None else UserId(host),
        title=title,
        subject=subject,
        target=target,
        settle_at_ms=NOON_MS + ahead_ms,
        mode=mode,
        lock_share=lock_share,
    )


def made(request: RoomRequest, reading: Reading, depth: PoolDepth | None = None) -> Result[Room, object]:
    """The room a request leads to at noon."""
    return make_room(
        request,
        RULES,
        TIMES,
        room_id=RoomId(1_000),
        salt=bytes(16),
        now_ms=NOON_MS,
        reading=reading,
        depth=depth,
        kappa=10,
    )


def cap_reading(cents: int) -> Reading:
    """A market cap accepted at noon."""
    return a_reading(cents, instrument=MINT.instrument)


@pytest.mark.parametrize(
    "request_, refused",
    [
        (a_request(title="SOL?"), TitleLength(4)),
        (a_request(subject=CoinPrice("sol")), SymbolIllFormed("sol")),
        (a_request(subject=CoinPrice("")), SymbolIllFormed("")),
        (a_request(subject=CoinPrice("ABCDEFGHIJK")), SymbolIllFormed("ABCDEFGHIJK")),
        (a_request(subject=CoinPrice("SO L")), SymbolIllFormed("SO L")),
        (a_request(subject=CoinPrice("SОL")), SymbolIllFormed("SОL")),  # a Cyrillic O
        (a_request(subject=PumpMarketCap("not base58")), NotAnAddress("not base58")),
        (a_request(target=0), TargetNotPositive(0)),
        (a_request(target=-1), TargetNotPositive(-1)),
        (
            a_request(ahead_ms=15 * MINUTE_MS - 1),
            SettleTimeOutside(15 * MINUTE_MS - 1, 15 * MINUTE_MS, 24 * HOUR_MS),
        ),
        (
            a_request(ahead_ms=24 * HOUR_MS + 1),
            SettleTimeOutside(24 * HOUR_MS + 1, 15 * MINUTE_MS, 24 * HOUR_MS),
        ),
        (a_request(ahead_ms=-1), SettleTimeOutside(-1, 15 * MINUTE_MS, 24 * HOUR_MS)),
        (a_request(lock_share=24), LockShareOutside(24, 25, 80)),
        (a_request(lock_share=81), LockShareOutside(81, 25, 80)),
    ],
)
def test_each_rule_of_a_request_has_its_own_refusal(request_: RoomRequest, refused: AskRefused) -> None:
    """What is wrong is said with the numbers a person needs."""
    assert Err(refused) == check_request(request_, RULES, now_ms=NOON_MS)


@pytest.mark.parametrize(
    "request_",
    [
        a_request(),
        a_request(host=None),
        a_request(subject=CoinPrice("1INCH")),
        a_request(subject=CoinPrice("ABCDEFGHIJ")),
        a_request(subject=MINT),
        a_request(target=1),
        a_request(ahead_ms=15 * MINUTE_MS),
        a_request(ahead_ms=24 * HOUR_MS),
        a_request(lock_share=25),
        a_request(lock_share=80),
    ],
)
def test_a_request_at_the_edge_of_a_rule_is_welcome(request_: RoomRequest) -> None:
    """Limits are inclusive."""
    assert isinstance(check_request(request_, RULES, now_ms=NOON_MS), Ok)


def test_the_first_reason_is_the_one_that_is_told() -> None:
    """A request that is wrong in several ways is refused for its title first, then subject, target, rules, times."""
    wrong = a_request(title="?", subject=CoinPrice("?"), target=0, ahead_ms=0)
    uncapped = HouseRules.preset("pancakeswap", host_bps=100)

    assert Err(TitleLength(1)) == check_request(wrong, uncapped, now_ms=NOON_MS)
    wrong = replace(wrong, title="SOL above 200 USD")
    assert Err(SymbolIllFormed("?")) == check_request(wrong, uncapped, now_ms=NOON_MS)
    wrong = replace(wrong, subject=SOL)
    assert Err(TargetNotPositive(0)) == check_request(wrong, uncapped, now_ms=NOON_MS)
    wrong = replace(wrong, target=1)
    assert Err(TotalWithBeneficiaries(True, 0)) == check_request(wrong, uncapped, now_ms=NOON_MS)
    assert Err(SettleTimeOutside(0, 15 * MINUTE_MS, 24 * HOUR_MS)) == check_request(
        wrong, RULES, now_ms=NOON_MS
    )


def test_an_uncapped_takeout_is_refused_with_a_host_and_not_without() -> None:
    """A host with an uncapped takeout could win whatever happens (M2); a room nobody hosts is no danger."""
    uncapped = HouseRules.preset("pancakeswap", host_bps=Bps(100))

    assert Err(TotalWithBeneficiaries(True, 0)) == check_request(a_request(), uncapped, now_ms=NOON_MS)
    assert isinstance(check_request(a_request(host=None), uncapped, now_ms=NOON_MS), Ok)


@pytest.mark.parametrize(
    "ahead_ms, share, lock_after_ms, settle_after_ms",
    [
        (HOUR_MS, None, 30 * MINUTE_MS, HOUR_MS),  # half of the life
        (HOUR_MS, 25, 15 * MINUTE_MS, HOUR_MS),
        (HOUR_MS, 80, 48 * MINUTE_MS, HOUR_MS),
        (15 * MINUTE_MS, 80, 12 * MINUTE_MS, 15 * MINUTE_MS),
        (HOUR_MS + 1, None, 30 * MINUTE_MS + 30_000, HOUR_MS + MINUTE_MS),  # up to a whole minute first
        (24 * HOUR_MS, 80, 24 * HOUR_MS * 80 // 100, 24 * HOUR_MS),
    ],
)
def test_betting_ends_after_a_share_of_the_life(
    ahead_ms: int, share: int | None, lock_after_ms: int, settle_after_ms: int
) -> None:
    """Lock is at created + life × share ÷ 100, the settle time rounded up to a whole UTC minute first (R3)."""
    times = room_times(NOON_MS, settle_at_ms=NOON_MS + ahead_ms, lock_share=share, limits=RULES.limits)

    assert Ok(RoomTimes(NOON_MS + lock_after_ms, NOON_MS + settle_after_ms)) == times


def test_betting_ends_two_minutes_before_the_answer_at_the_latest() -> None:
    """However short the life and large the share: lock is never after settle − 2 min (R3)."""
    limits = RoomLimits(life_min_ms=5 * MINUTE_MS)
    times = room_times(NOON_MS, settle_at_ms=NOON_MS + 5 * MINUTE_MS, lock_share=80, limits=limits)

    assert Ok(RoomTimes(NOON_MS + 3 * MINUTE_MS, NOON_MS + 5 * MINUTE_MS)) == times


@given(st.integers(0, 10**12), st.integers(15 * MINUTE_MS, 24 * HOUR_MS), st.integers(25, 80))
def test_every_room_locks_between_its_creation_and_two_minutes_before_its_answer(
    now_ms: int, ahead_ms: int, share: int
) -> None:
    """Settle times are whole minutes, less than a minute after what was asked for."""
    times = room_times(now_ms, settle_at_ms=now_ms + ahead_ms, lock_share=share, limits=RULES.limits)

    assert isinstance(times, Ok)
    assert times.value.settle_at_ms % MINUTE_MS == 0
    assert 0 <= times.value.settle_at_ms - now_ms - ahead_ms < MINUTE_MS
    assert now_ms < times.value.lock_at_ms <= times.value.settle_at_ms - 2 * MINUTE_MS


@pytest.mark.parametrize(
    "subject, mode, asked",
    [
        (SOL, None, Mode.TOUCH),
        (MINT, None, Mode.AT_CLOSE),
        (SOL, Mode.AT_CLOSE, Mode.AT_CLOSE),
        (MINT, Mode.TOUCH, Mode.TOUCH),
    ],
)
def test_coins_are_touched_and_market_caps_compared_at_the_close(
    subject: Subject, mode: Mode | None, asked: Mode
) -> None:
    """The default mode is TOUCH for coins and AT_CLOSE for pump.fun; the host may choose (R2)."""
    assert asked is a_request(subject=subject, mode=mode).asked_mode


@pytest.mark.parametrize("price, direction", [(190, Direction.UP), (210, Direction.DOWN)])
def test_a_room_begins_empty_and_queuing_with_its_rules_frozen(price: int, direction: Direction) -> None:
    """Direction follows from the accepted price: target above → reach or exceed, below → reach or fall under (R2)."""
    room = made(a_request(title="  SOL at 200 USD "), a_reading(price * USD))

    assert isinstance(room, Ok)
    assert (RoomId(1_000), "SOL at 200 USD", UserId(2)) == (room.value.id, room.value.title, room.value.host)
    assert (direction, 200 * USD, Mode.TOUCH) == (
        room.value.market.direction,
        room.value.market.target,
        room.value.market.mode,
    )
    assert (NOON_MS, TIMES.lock_at_ms, TIMES.settle_at_ms) == (
        room.value.created_at_ms,
        room.value.lock_at_ms,
        room.value.settle_at_ms,
    )
    assert (RoomStatus.QUEUING, 0, RULES) == (
        room.value.status,
        room.value.pool.gross.value,
        room.value.rules,
    )
    assert (None, None, None, None) == (
        room.value.thin,
        room.value.hold,
        room.value.resolution,
        room.value.opened_at_ms,
    )


def test_a_target_close_to_the_price_is_refused() -> None:
    """A question whose answer is nearly known is none: 0.2 % outside of the band at least (R2)."""
    near = a_reading(199_700_000_000_000)

    assert Err(TargetTooNear(200 * USD, near.lo, near.hi, 2_000)) == made(a_request(), near)
    assert isinstance(made(a_request(), a_reading(199_600_000_000_000)), Ok)


def test_a_bad_title_makes_no_room() -> None:
    """Whoever skips the check of the request meets it again."""
    assert Err(TitleLength(3)) == made(a_request(title="SOL"), a_reading(190 * USD))


def test_a_room_on_a_thin_token_remembers_how_deep_its_pool_was() -> None:
    """The depth at creation and the distance of the target bound what the room may hold (R6)."""
    room = made(a_request(subject=MINT, target=120_000_00), cap_reading(100_000_00), DEEP)

    assert isinstance(room, Ok)
    assert ThinPool(created=DEEP, distance_ppm=200_000, kappa=10) == room.value.thin
    assert Mode.AT_CLOSE is room.value.market.mode


def test_a_falling_market_cap_has_a_distance_too() -> None:
    """Direction does not matter for how far the price must be moved."""
    room = made(a_request(subject=MINT, target=80_000_00), cap_reading(100_000_00), DEEP)

    assert isinstance(room, Ok)
    assert room.value.thin is not None
    assert (200_000, Direction.DOWN) == (room.value.thin.distance_ppm, room.value.market.direction)


def test_without_its_depth_a_thin_token_has_no_room() -> None:
    """A room that cannot be bounded is refused."""
    refused = made(a_request(subject=MINT, target=120_000_00), cap_reading(100_000_00))

    assert Err(DepthUnknown(MINT.instrument)) == refused


@pytest.mark.parametrize("on_curve, floor", [(True, CURVE_FLOOR_CENTS), (False, AMM_FLOOR_CENTS)])
def test_a_pool_that_is_too_shallow_has_no_room(on_curve: bool, floor: int) -> None:
    """3,000 USD on a bonding curve, 25,000 USD in an AMM pool (R6)."""
    request = a_request(subject=MINT, target=120_000_00)
    least = replace(DEEP, liquidity_cents=floor, on_curve=on_curve)
    below = replace(DEEP, liquidity_cents=floor - 1, on_curve=on_curve)

    assert isinstance(made(request, cap_reading(100_000_00), least), Ok)
    assert Err(PoolTooShallow(floor - 1, floor)) == made(request, cap_reading(100_000_00), below)


@pytest.mark.parametrize(
    "mode, target, welcome",
    [
        (Mode.TOUCH, 103_000_00, False),  # exactly 3 %: must be more
        (Mode.TOUCH, 103_000_11, True),
        (Mode.AT_CLOSE, 100_200_00, True),
        (Mode.AT_CLOSE, 100_199_99, False),
    ],
)
def test_a_touch_of_a_thin_token_is_more_than_three_per_cent_away(
    mode: Mode, target: int, welcome: bool
) -> None:
    """One pool is easily moved a little: a touch needs more than 3 %, the close 0.2 % (R2)."""
    room = made(a_request(subject=MINT, target=target, mode=mode), cap_reading(100_000_00), DEEP)

    assert welcome is isinstance(room, Ok)
