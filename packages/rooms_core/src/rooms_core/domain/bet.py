"""Bets, the orders they come from, and every reason why one is refused: `BetRefused`, at the end.

Who says no: `Room.accept` by the room's rules, in the order written there; `services/place_bets` for a room or bettor
that is not known and for a key used before; `services/bet_desk` when too many wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.keys import KeyIllFormed
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.status import RoomStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class BetOrder:
    """What a bettor asks for. The same `key` of the same bettor in the same room is the same order (I5).

    `return_min` refuses the bet if its return at the present pools, this stake included, is lower (M12).
    """

    key: str
    room: RoomId
    bettor: UserId
    outcome: Outcome
    stake: Lamports
    return_min: Lamports | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bet:
    """An accepted stake. `placed_at_ms` is the unit of work's clock, read after the room was locked (E8)."""

    id: BetId
    key: str
    room: RoomId
    bettor: UserId
    outcome: Outcome
    stake: Lamports
    placed_at_ms: int

    def answers(self, order: BetOrder) -> bool:
        """Whether an order asks for this very bet."""
        asked = (order.key, order.room, order.bettor, order.outcome, order.stake)
        return asked == (self.key, self.room, self.bettor, self.outcome, self.stake)


@dataclass(frozen=True, slots=True)
class RoomUnknown:
    """There is no such room."""

    room: RoomId


@dataclass(frozen=True, slots=True)
class BettorUnknown:
    """The bettor has not joined."""

    bettor: UserId


@dataclass(frozen=True, slots=True)
class RoomNotOpen:
    """The room takes no bets in this state."""

    status: RoomStatus


@dataclass(frozen=True, slots=True)
class RoomHeld:
    """The room is held; `reason` says why. A held room moves no money (I7)."""

    reason: str


@dataclass(frozen=True, slots=True)
class BettingEnded:
    """The lock time has passed (ms)."""

    locked_at_ms: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """The room has no such outcome."""

    outcome: Outcome
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class StakeTooSmall:
    """Stakes start at `minimum` lamports."""

    stake: Lamports
    minimum: Lamports


@dataclass(frozen=True, slots=True)
class StakeTooLarge:
    """No stake and no pot passes `maximum` lamports; `room_left` is what still fits in."""

    stake: Lamports
    room_left: Lamports
    maximum: Lamports


@dataclass(frozen=True, slots=True)
class BalanceTooLow:
    """The bettor has less than his stake to bet with."""

    available: Lamports
    stake: Lamports


@dataclass(frozen=True, slots=True)
class ReturnTooLow:
    """At the present pools the stake would return less than the order's `return_min`."""

    return_now: Lamports
    return_min: Lamports


@dataclass(frozen=True, slots=True)
class PriceTooOld:
    """A TOUCH room takes bets only while the last accepted price is fresh (ms); `age_ms` None: there is none.

    Negative: it lies ahead of our clock by more than the allowed skew, so one of the two clocks is wrong.
    """

    age_ms: int | None
    limit_ms: int


@dataclass(frozen=True, slots=True)
class PriceTooNear:
    """The price band is within `near_ppm` of the target (now `distance_ppm` away): the answer may be known already."""

    distance_ppm: int
    near_ppm: int


@dataclass(frozen=True, slots=True)
class TouchPending:
    """The last accepted tick hit the target; the next one decides."""

    hit_at_ms: int


@dataclass(frozen=True, slots=True)
class GapUnaudited:
    """Prices were missing since `from_ms`; betting goes on when the silence has been audited."""

    from_ms: int


@dataclass(frozen=True, slots=True)
class CapReached:
    """All open rooms of this token together may hold `cap`; they hold `staked` (decision R6)."""

    cap: Lamports
    staked: Lamports


@dataclass(frozen=True, slots=True)
class LiquidityHalved:
    """The token's pool holds at most half of what it held when the room was created (US cents): no further stakes."""

    created_cents: int
    present_cents: int


@dataclass(frozen=True, slots=True)
class SubsidyUsedUp:
    """The dividends this room promises could cost `needed`; the house has set aside `set_aside`."""

    needed: Lamports
    set_aside: Lamports


@dataclass(frozen=True, slots=True)
class KeyConflict:
    """This key was used for another bet of the same bettor in the same room; it stands unchanged."""

    first: Bet


@dataclass(frozen=True, slots=True)
class DeskBusy:
    """Too many bets are waiting; nothing was charged. Try again in a moment."""

    waiting: int


BetRefused: TypeAlias = (
    RoomUnknown
    | BettorUnknown
    | RoomNotOpen
    | RoomHeld
    | BettingEnded
    | OutcomeUnknown
    | StakeTooSmall
    | StakeTooLarge
    | BalanceTooLow
    | ReturnTooLow
    | PriceTooOld
    | PriceTooNear
    | TouchPending
    | GapUnaudited
    | CapReached
    | LiquidityHalved
    | SubsidyUsedUp
    | KeyConflict
    | KeyIllFormed
    | DeskBusy
)
