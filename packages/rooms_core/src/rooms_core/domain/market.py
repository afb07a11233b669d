"""What a room asks: a subject, a direction, a target, and when it is looked at (decision R2).

Prices are whole numbers: a coin's in 10^-12 USD, a market cap in 10^-2 USD. Equality counts as reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType, TypeAlias

from rooms_core.result import Err, Ok, Result

Outcome = NewType("Outcome", str)
"""One of the answers a room can have; names are case-sensitive."""

YES: Final = Outcome("YES")
NO: Final = Outcome("NO")

COIN_SCALE: Final = -12
CAP_SCALE: Final = -2
PPM: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class CoinPrice:
    """The US dollar price of a coin, by its symbol ("SOL"), in 10^-12 USD."""

    symbol: str

    @property
    def instrument(self) -> str:
        """The name the oracle knows it by."""
        return f"{self.symbol}/USD"

    @property
    def scale(self) -> int:
        """The power of ten of its price units, in USD."""
        return COIN_SCALE

    @property
    def pool_priced(self) -> bool:
        """Whether a single pool makes its price."""
        return False


@dataclass(frozen=True, slots=True)
class PumpMarketCap:
    """The market cap of a pump.fun token, by its mint, in 10^-2 USD. One pool prices it: see `thin_pool`."""

    mint: str

    @property
    def instrument(self) -> str:
        """The name the oracle knows it by."""
        return f"pump:{self.mint}"

    @property
    def scale(self) -> int:
        """The power of ten of its price units, in USD."""
        return CAP_SCALE

    @property
    def pool_priced(self) -> bool:
        """Whether a single pool makes its price."""
        return True


Subject: TypeAlias = CoinPrice | PumpMarketCap


class Direction(StrEnum):
    """Which way the price has to go. Fixed when the room is created, from the price accepted then."""

    UP = "up"
    DOWN = "down"


class Mode(StrEnum):
    """TOUCH: YES as soon as the target is touched. AT_CLOSE: compared once, at the settle time."""

    TOUCH = "touch"
    AT_CLOSE = "at_close"


class FoundBy(StrEnum):
    """How an answer was found; part of the evidence."""

    TICKS = "ticks"
    AUDIT = "audit"
    CLOSE = "close"
    BACKFILL = "backfill"
    TWO_PERSONS = "two_persons"


@dataclass(frozen=True, slots=True)
class Reading:
    """One accepted tick of the oracle for one instrument.

    `price` with its band `lo` … `hi`. `hit_up` is the largest target this tick hits upwards, `hit_down` the
    smallest it hits downwards (None: it hits none). `evidence` names the record it can be recomputed from.
    """

    instrument: str
    tick_ms: int
    price: int
    lo: int
    hi: int
    hit_up: int | None
    hit_down: int | None
    evidence: str


@dataclass(frozen=True, slots=True)
class PoolDepth:
    """How deep the single pool behind a thin token is: quote side in cents, fee in ppm, and SOL in 10^-12 USD.

    `on_curve`: whether it is a bonding curve (False: an AMM pool). `pool`: its address; "": not told. `evidence` names
    the record in which this pool was seen first since ticking began.
    """

    liquidity_cents: int
    fee_ppm: int
    sol_price: int
    on_curve: bool = True
    pool: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class MarketState:
    """What a bet has to know of the market: written by the monitor each tick, read in the bet's own unit of work.

    `last` is the last accepted tick; `range_ppm` the widest move within 15 s (pool-priced 30 s) of the last five
    minutes; `gap_from_ms` the last accepted tick before a gap over 6 s whose audit is still owed.
    """

    instrument: str
    last: Reading
    range_ppm: int
    gap_from_ms: int | None = None
    depth: PoolDepth | None = None


@dataclass(frozen=True, slots=True)
class TargetTooNear:
    """The target must lie at least `least_ppm` (parts per million) outside of the present band `lo` … `hi`."""

    target: int
    lo: int
    hi: int
    least_ppm: int


@dataclass(frozen=True, slots=True)
class Market:
    """The question of a room, complete enough to be answered by a machine."""

    subject: Subject
    direction: Direction
    target: int
    mode: Mode

    @property
    def instrument(self) -> str:
        """The name the oracle knows its subject by."""
        return self.subject.instrument

    @property
    def pool_priced(self) -> bool:
        """Whether a single pool makes its price."""
        return self.subject.pool_priced

    def reached_by(self, price: int) -> bool:
        """Whether a price is at or past the target."""
        return price >= self.target if self.direction is Direction.UP else price <= self.target

    def hit_by(self, tick: Reading) -> bool:
        """Whether an accepted tick is a hit (`rooms-agg/1`, oracle §5.2): price and enough families at or past it."""
        if self.direction is Direction.UP:
            return tick.hit_up is not None and self.target <= tick.hit_up
        return tick.hit_down is not None and self.target >= tick.hit_down

    def distance_ppm(self, lo: int, hi: int) -> int:
        """How far the band is from the target, in parts per million of the target, rounded down; 0 if it touches it."""
        away = self.target - hi if self.direction is Direction.UP else lo - self.target
        return max(0, away) * PPM // self.target


def resolve(market: Market, price: int) -> Outcome:
    """The answer at a settle price: YES if the target is reached, else NO."""
    return YES if market.reached_by(price) else NO


def ask(
    subject: Subject, target: int, mode: Mode, *, reading: Reading, near_ppm: int, near_pool_ppm: int
) -> Result[Market, TargetTooNear]:
    """Make the question from the price accepted now: target above → reach or exceed, below → reach or fall under.

    Refused when the target is nearer to [lo, hi] than `near_ppm`, for a pool-priced TOUCH room than
    `near_pool_ppm` or exactly at it (decision R2: 0.2 % and more than 3 %).
    """
    direction = Direction.UP if target > reading.price else Direction.DOWN
    market = Market(subject, direction, target, mode)
    least = near_pool_ppm + 1 if market.pool_priced and mode is Mode.TOUCH else near_ppm
    if _clear_of(market, reading, least):
        return Ok(market)
    return Err(TargetTooNear(target, reading.lo, reading.hi, least))


def _clear_of(market: Market, reading: Reading, least_ppm: int) -> bool:
    """Measured against the band's own edge, so that both directions ask for the same move of the price."""
    if market.direction is Direction.UP:
        return market.target * PPM >= reading.hi * (PPM + least_ppm)
    return market.target * PPM <= reading.lo * (PPM - least_ppm)
