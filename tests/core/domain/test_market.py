"""What a room asks, and what answers it."""

from __future__ import annotations

import pytest

from rooms_core.domain.market import (
    CAP_SCALE,
    COIN_SCALE,
    NO,
    YES,
    CoinPrice,
    Direction,
    Market,
    Mode,
    Outcome,
    PumpMarketCap,
    Reading,
    Subject,
    TargetTooNear,
    ask,
    resolve,
)
from rooms_core.result import Err, Ok

SOLANA = CoinPrice("SOL")
CAP = PumpMarketCap("mint")


def reading(price: int, *, spread: int = 0, up: int | None = None, down: int | None = None) -> Reading:
    """An accepted tick."""
    return Reading("SOL/USD", 3_000, price, price - spread, price + spread, up, down, "hash")


def market(direction: Direction, target: int = 1_000) -> Market:
    """A question about SOL."""
    return Market(SOLANA, direction, target, Mode.TOUCH)


@pytest.mark.parametrize(
    "subject, instrument, scale, pool_priced",
    [(SOLANA, "SOL/USD", -12, False), (CAP, "pump:mint", -2, True)],
)
def test_subjects(subject: Subject, instrument: str, scale: int, pool_priced: bool) -> None:
    """A coin's price in 10^-12 USD from many sources, a token's market cap in cents from one pool (R2, R6)."""
    asked = Market(subject, Direction.UP, 1, Mode.TOUCH)

    assert (instrument, scale, pool_priced) == (subject.instrument, subject.scale, subject.pool_priced)
    assert (instrument, pool_priced) == (asked.instrument, asked.pool_priced)
    assert (-12, -2) == (COIN_SCALE, CAP_SCALE)


@pytest.mark.parametrize(
    "direction, price, answer",
    [
        (Direction.UP, 999, NO),
        (Direction.UP, 1_000, YES),
        (Direction.UP, 1_001, YES),
        (Direction.DOWN, 1_001, NO),
        (Direction.DOWN, 1_000, YES),
        (Direction.DOWN, 999, YES),
    ],
)
def test_equality_counts_as_reached(direction: Direction, price: int, answer: Outcome) -> None:
    """Reach or exceed upwards, reach or fall under downwards (R2)."""
    assert answer == resolve(market(direction), price)
    assert (answer == YES) is market(direction).reached_by(price)


@pytest.mark.parametrize(
    "direction, up, down, hit",
    [
        (Direction.UP, None, 1_000, False),
        (Direction.UP, 999, None, False),
        (Direction.UP, 1_000, None, True),
        (Direction.UP, 1_001, None, True),
        (Direction.DOWN, 1_000, None, False),
        (Direction.DOWN, None, 1_001, False),
        (Direction.DOWN, None, 1_000, True),
        (Direction.DOWN, None, 999, True),
    ],
)
def test_a_tick_hits_what_lies_within_its_reach(
    direction: Direction, up: int | None, down: int | None, hit: bool
) -> None:
    """A tick says how far it hits each way; None hits nothing (oracle reference §5.2)."""
    assert hit is market(direction).hit_by(reading(1_000, up=up, down=down))


@pytest.mark.parametrize(
    "direction, lo, hi, ppm",
    [
        (Direction.UP, 900, 990, 10_000),  # 10 of 1,000
        (Direction.UP, 900, 1_000, 0),
        (Direction.UP, 900, 1_200, 0),
        (Direction.DOWN, 1_010, 1_200, 10_000),
        (Direction.DOWN, 1_000, 1_200, 0),
        (Direction.DOWN, 900, 1_200, 0),
    ],
)
def test_how_far_the_band_is_from_the_target(direction: Direction, lo: int, hi: int, ppm: int) -> None:
    """The near edge of [lo, hi], in parts per million of the target (R4)."""
    assert ppm == market(direction).distance_ppm(lo, hi)


def test_the_distance_is_rounded_down() -> None:
    """Nearer, never farther, than it is: 1 of 3,000 is 333 ppm."""
    assert 333 == market(Direction.UP, 3_000).distance_ppm(0, 2_999)


@pytest.mark.parametrize(
    "subject, mode, target, direction",
    [
        (SOLANA, Mode.TOUCH, 10_020, Direction.UP),  # exactly 0.2 % above
        (SOLANA, Mode.TOUCH, 9_980, Direction.DOWN),
        (SOLANA, Mode.AT_CLOSE, 10_020, Direction.UP),
        (CAP, Mode.AT_CLOSE, 10_020, Direction.UP),
        (CAP, Mode.TOUCH, 10_301, Direction.UP),  # more than 3 %
        (CAP, Mode.TOUCH, 9_699, Direction.DOWN),
    ],
)
def test_the_direction_follows_from_the_price(
    subject: Subject, mode: Mode, target: int, direction: Direction
) -> None:
    """Target above the price: reach or exceed; below: reach or fall under (R2)."""
    asked = ask(subject, target, mode, reading=reading(10_000), near_ppm=2_000, near_pool_ppm=30_000)

    assert Ok(Market(subject, direction, target, mode)) == asked


@pytest.mark.parametrize(
    "subject, mode, target, least",
    [
        (SOLANA, Mode.TOUCH, 10_019, 2_000),
        (SOLANA, Mode.TOUCH, 9_981, 2_000),
        (SOLANA, Mode.TOUCH, 10_000, 2_000),
        (CAP, Mode.AT_CLOSE, 10_019, 2_000),
        (CAP, Mode.TOUCH, 10_300, 30_001),  # exactly 3 % is not more than 3 %
        (CAP, Mode.TOUCH, 9_700, 30_001),
    ],
)
def test_a_target_too_near_is_refused(subject: Subject, mode: Mode, target: int, least: int) -> None:
    """At least 0.2 % beyond the band, more than 3 % for a pool-priced TOUCH (R2)."""
    asked = ask(subject, target, mode, reading=reading(10_000), near_ppm=2_000, near_pool_ppm=30_000)

    assert Err(TargetTooNear(target, 10_000, 10_000, least)) == asked


@pytest.mark.parametrize(
    "target, allowed", [(10_120, False), (10_121, True), (9_881, False), (9_880, True), (10_050, False)]
)
def test_the_band_counts_and_not_the_price_alone(target: int, allowed: bool) -> None:
    """0.2 % beyond [9,900, 10,100]: from 10,120.2 up, and from 9,880.2 down."""
    asked = ask(
        SOLANA, target, Mode.TOUCH, reading=reading(10_000, spread=100), near_ppm=2_000, near_pool_ppm=0
    )

    assert allowed is isinstance(asked, Ok)
