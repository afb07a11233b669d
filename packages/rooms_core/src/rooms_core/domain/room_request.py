"""Asking for a room: what a host says, and every reason why it cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from rooms_core.domain.address import NotAnAddress, parse_address
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.market import (
    PPM,
    CoinPrice,
    Mode,
    PoolDepth,
    PumpMarketCap,
    Reading,
    Subject,
    TargetTooNear,
    ask,
)
from rooms_core.domain.money import Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.room import ANSWERS, Room
from rooms_core.domain.rules import HouseRules, RoomLimits, RulesRefused
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.domain.title import TitleRefused, check_title
from rooms_core.result import Err, Ok, Result

_MINUTE_MS: Final = 60_000
CURVE_FLOOR_CENTS: Final = 3_000_00
AMM_FLOOR_CENTS: Final = 25_000_00


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRequest:
    """What a host asks for. `target` in the subject's units; `settle_at_ms` is rounded up to a whole UTC minute.

    `mode` None: TOUCH for coins, AT_CLOSE for pump.fun (decision R2). `lock_share`: per cent of the room's life
    in which bets are taken; None: the house's default.
    """

    host: UserId | None
    title: str
    subject: Subject
    target: int
    settle_at_ms: int
    mode: Mode | None = None
    lock_share: int | None = None

    @property
    def asked_mode(self) -> Mode:
        """The mode asked for, or the default for the subject."""
        if self.mode is not None:
            return self.mode
        return Mode.AT_CLOSE if self.subject.pool_priced else Mode.TOUCH


@dataclass(frozen=True, slots=True)
class HostUnknown:
    """The host has not joined."""

    host: UserId


@dataclass(frozen=True, slots=True)
class SymbolIllFormed:
    """A coin symbol is 1 to 10 capital letters and digits."""

    symbol: str


@dataclass(frozen=True, slots=True)
class TargetNotPositive:
    """A target is above 0."""

    target: int


@dataclass(frozen=True, slots=True)
class SettleTimeOutside:
    """The settle time must lie `least_ms` to `most_ms` ahead; it lies `ahead_ms` ahead."""

    ahead_ms: int
    least_ms: int
    most_ms: int


@dataclass(frozen=True, slots=True)
class LockShareOutside:
    """Bets may be taken for `least` to `most` per cent of the room's life."""

    share: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class PoolTooShallow:
    """The token's pool holds too little for any room (US cents, decision R6)."""

    liquidity_cents: int
    least_cents: int


@dataclass(frozen=True, slots=True)
class DepthUnknown:
    """How deep the token's pool is could not be read, so no room on it can be bounded."""

    instrument: str


@dataclass(frozen=True, slots=True)
class SubsidyNotCovered:
    """These dividends can need a subsidy; the house's account holds `held` of the `needed` to set aside (M4)."""

    needed: Lamports
    held: Lamports


AskRefused: TypeAlias = (
    TitleRefused
    | SymbolIllFormed
    | NotAnAddress
    | TargetNotPositive
    | SettleTimeOutside
    | LockShareOutside
    | RulesRefused
)
"""What can be refused without asking the oracle or the books."""

RoomRefused: TypeAlias = (
    AskRefused | TargetTooNear | PoolTooShallow | DepthUnknown | HostUnknown | SubsidyNotCovered
)


@dataclass(frozen=True, slots=True)
class RoomTimes:
    """When a room locks and settles, in ms (decision R3)."""

    lock_at_ms: int
    settle_at_ms: int


def check_request(request: RoomRequest, rules: HouseRules, *, now_ms: int) -> Result[RoomTimes, AskRefused]:
    """Judge what the host said by itself, first reason first, and work out the room's times."""
    titled = check_title(request.title)
    if isinstance(titled, Err):
        return titled
    match request.subject:
        case CoinPrice(symbol=symbol):
            if not (symbol.isascii() and symbol.isalnum() and symbol == symbol.upper() and len(symbol) <= 10):
                return Err(SymbolIllFormed(symbol))
        case PumpMarketCap(mint=mint):
            found = parse_address(mint)
            if isinstance(found, Err):
                return found
    if request.target <= 0:
        return Err(TargetNotPositive(request.target))
    problems = rules.problems(hosted=request.host is not None)
    if problems:
        return Err(problems[0])
    return room_times(
        now_ms, settle_at_ms=request.settle_at_ms, lock_share=request.lock_share, limits=rules.limits
    )


def room_times(
    now_ms: int, *, settle_at_ms: int, lock_share: int | None, limits: RoomLimits
) -> Result[RoomTimes, SettleTimeOutside | LockShareOutside]:
    """Lock at min(created + life × share ÷ 100, settle − 2 min); settle is rounded up to a whole minute (R3)."""
    ahead = settle_at_ms - now_ms
    if not limits.life_min_ms <= ahead <= limits.life_max_ms:
        return Err(SettleTimeOutside(ahead, limits.life_min_ms, limits.life_max_ms))
    share = limits.lock_share if lock_share is None else lock_share
    if not limits.lock_share_min <= share <= limits.lock_share_max:
        return Err(LockShareOutside(share, limits.lock_share_min, limits.lock_share_max))
    settle = -(-settle_at_ms // _MINUTE_MS) * _MINUTE_MS
    lock = min(now_ms + (settle - now_ms) * share // 100, settle - limits.lock_before_settle_ms)
    return Ok(RoomTimes(lock, settle))


def make_room(
    request: RoomRequest,
    rules: HouseRules,
    times: RoomTimes,
    *,
    room_id: RoomId,
    salt: bytes,
    now_ms: int,
    reading: Reading,
    depth: PoolDepth | None,
    kappa: int,
) -> Result[Room, TitleRefused | TargetTooNear | PoolTooShallow | DepthUnknown]:
    """The room, from the price accepted now; for a thin token also from the depth of its pool."""
    titled = check_title(request.title)
    if isinstance(titled, Err):
        return titled
    asked = ask(
        request.subject,
        request.target,
        request.asked_mode,
        reading=reading,
        near_ppm=rules.limits.target_near_ppm,
        near_pool_ppm=rules.limits.target_near_pool_ppm,
    )
    if isinstance(asked, Err):
        return asked
    market = asked.value
    thin: ThinPool | None = None
    if market.pool_priced:
        if depth is None:
            return Err(DepthUnknown(market.instrument))
        floor = CURVE_FLOOR_CENTS if depth.on_curve else AMM_FLOOR_CENTS
        if depth.liquidity_cents < floor:
            return Err(PoolTooShallow(depth.liquidity_cents, floor))
        distance = abs(market.target - reading.price) * PPM // reading.price
        thin = ThinPool(created=depth, distance_ppm=distance, kappa=kappa)
    return Ok(
        Room(
            id=room_id,
            title=titled.value,
            market=market,
            rules=rules,
            host=request.host,
            created_at_ms=now_ms,
            lock_at_ms=times.lock_at_ms,
            settle_at_ms=times.settle_at_ms,
            pool=Pool.empty(ANSWERS),
            salt=salt,
            thin=thin,
        )
    )
