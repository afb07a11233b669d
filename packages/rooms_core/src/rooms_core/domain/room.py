"""A room: a question, its rules and times, its pool, and the judgement of a bet."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from rooms_core.domain.invariants import ensure
from rooms_core.domain.market import NO, YES, FoundBy, Market, MarketState, Mode, Outcome
from rooms_core.domain.money import STORED_MAX, ZERO, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.quote import returned
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus, may_move
from rooms_core.domain.subsidy import subsidy_needed
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Which outcome won, at which price, and the records this can be recomputed from.

    `late_after_ms`: stakes placed after it go back (decision R4); None where there is no late window.
    """

    winning: tuple[Outcome, ...]
    price: int
    at_ms: int
    found_by: FoundBy
    evidence: tuple[str, ...]
    late_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Money waits: the room is held for `reason` since `since_ms`. Two persons lift it; after 72 h it ends."""

    reason: str
    since_ms: int


HOLD_MAX_MS = 72 * 3_600_000
"""After 72 hours a held room settles on its evidence, else it is voided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room as it stands. Rules, market and times are frozen when it is created; status, pool and answer move.

    `salt` makes the pseudonyms of its receipt; it is never shown. `opened_at_ms`: since when touches count.
    """

    id: RoomId
    title: str
    market: Market
    rules: HouseRules
    host: UserId | None
    created_at_ms: int
    lock_at_ms: int
    settle_at_ms: int
    pool: Pool
    salt: bytes
    status: RoomStatus = RoomStatus.QUEUING
    opened_at_ms: int | None = None
    thin: ThinPool | None = None
    hold: Hold | None = None
    resolution: Resolution | None = None

    @property
    def hosted(self) -> bool:
        """Whether a host takes his share."""
        return self.host is not None

    def moved(self, target: RoomStatus) -> Room:
        """The room one step further in its life. Raises InvariantBroken for a move the table does not have (I7)."""
        ensure(may_move(self.status, target), "I7", f"room {self.id}: {self.status} -> {target}")
        return replace(self, status=target)

    def late_after_ms(self, last_clear_ms: int, found_by: FoundBy) -> int:
        """After which instant stakes go back, given the last accepted tick at which the answer was not known (R4)."""
        times, pool_priced = self.rules.touch, self.market.pool_priced
        if found_by is FoundBy.AUDIT:
            return last_clear_ms - (times.audit_window_pool_ms if pool_priced else times.audit_window_ms)
        return last_clear_ms - (times.late_window_pool_ms if pool_priced else times.late_window_ms)

    def accept(
        self,
        order: BetOrder,
        *,
        bet_id: BetId,
        available: Lamports,
        now_ms: int,
        market: MarketState | None,
        mint_staked: Lamports = ZERO,
    ) -> Result[tuple[Room, Bet], BetRefused]:
        """Judge an order: the bet and the room with it in the pool, or the first rule that refuses it.

        `available`: the bettor's balance. `market`: the row the monitor wrote (TOUCH and thin rooms are refused
        without one). `mint_staked`: what all open rooms of a thin token hold.
        """
        why = (
            self._closed(now_ms)
            or self._ill_formed(order)
            or self._known_already(market, now_ms)
            or self._too_thin(order.stake, market, mint_staked, now_ms)
        )
        if why is not None:
            return Err(why)
        if order.stake > available:
            return Err(BalanceTooLow(available, order.stake))
        pool = self.pool.plus(order.outcome, order.stake)
        needed = subsidy_needed(pool, self.rules)
        if needed > self.rules.subsidy_max:
            return Err(SubsidyUsedUp(needed, self.rules.subsidy_max))
        if order.return_min is not None:
            back = returned(pool, order.outcome, order.stake, self.rules)
            if back < order.return_min:
                return Err(ReturnTooLow(back, order.return_min))
        bet = Bet(
            id=bet_id,
            key=order.key,
            room=self.id,
            bettor=order.bettor,
            outcome=order.outcome,
            stake=order.stake,
            placed_at_ms=now_ms,
        )
        return Ok((replace(self, pool=pool), bet))

    def rests(self, market: MarketState | None, now_ms: int) -> BetRefused | None:
        """Why no order at all would be accepted now, or None: then stake, balance and pool decide (`betting`)."""
        return (
            self._closed(now_ms)
            or self._known_already(market, now_ms)
            or self._too_thin(ZERO, market, ZERO, now_ms)
        )

    def _closed(self, now_ms: int) -> BetRefused | None:
        if not self.status.takes_bets:
            return RoomNotOpen(self.status)
        if self.hold is not None:
            return RoomHeld(self.hold.reason)
        if now_ms >= self.lock_at_ms:
            return BettingEnded(self.lock_at_ms, now_ms)
        return None

    def _ill_formed(self, order: BetOrder) -> BetRefused | None:
        if order.outcome not in self.pool.outcomes:
            return OutcomeUnknown(order.outcome, self.pool.outcomes)
        if order.stake < self.rules.limits.stake_min:
            return StakeTooSmall(order.stake, self.rules.limits.stake_min)
        left = STORED_MAX - self.pool.gross.value
        if order.stake.value > left:
            return StakeTooLarge(order.stake, Lamports(left), Lamports(STORED_MAX))
        return None

    def _known_already(self, market: MarketState | None, now_ms: int) -> BetRefused | None:
        """Decision R4, QUEUING and OPEN alike: no bets on a TOUCH room while the answer may be known."""
        if self.market.mode is not Mode.TOUCH:
            return None
        times = self.rules.touch
        if market is None:
            return PriceTooOld(None, times.stale_after_ms)
        if market.gap_from_ms is not None:
            return GapUnaudited(market.gap_from_ms)
        stale = self._stale(market, now_ms)
        if stale is not None:
            return stale
        if self.market.hit_by(market.last):
            return TouchPending(market.last.tick_ms)
        near = max(times.near_ppm, market.range_ppm, times.near_pool_ppm if self.market.pool_priced else 0)
        distance = self.market.distance_ppm(market.last.lo, market.last.hi)
        if distance <= near:
            return PriceTooNear(distance, near)
        return None

    def _stale(self, market: MarketState, now_ms: int) -> PriceTooOld | None:
        """The last accepted tick is too old, or lies ahead of our clock by more than the allowed skew.

        A clock behind the ticks would date the bet before what its bettor may know, outside of any late window.
        """
        times, age = self.rules.touch, now_ms - market.last.tick_ms
        fresh = -times.skew_ms <= age <= times.stale_after_ms
        return None if fresh else PriceTooOld(age, times.stale_after_ms)

    def _too_thin(
        self, stake: Lamports, market: MarketState | None, mint_staked: Lamports, now_ms: int
    ) -> BetRefused | None:
        """Decision R6: a room on a thin token stays small enough that moving the price costs more than it wins.

        In AT_CLOSE rooms too its depth must be fresh: a pool that cannot be read may be one that is being drained.
        """
        if self.thin is None:
            return None
        if market is None or market.depth is None:
            return PriceTooOld(None, self.rules.touch.stale_after_ms)
        stale = self._stale(market, now_ms)
        if stale is not None:
            return stale
        if self.thin.halved(market.depth):
            return LiquidityHalved(self.thin.created.liquidity_cents, market.depth.liquidity_cents)
        cap = self.thin.cap(market.depth)
        if mint_staked + stake > cap:
            return CapReached(cap, mint_staked)
        return None


def held(room: Room, now_ms: int) -> bool:
    """Whether the room's money waits: a hold delays money, never the answer, and for 72 hours at most."""
    return room.hold is not None and now_ms < room.hold.since_ms + HOLD_MAX_MS


ANSWERS = (YES, NO)
"""The outcomes of every room that asks a price."""
