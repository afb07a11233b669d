"""What leaves before the pool is fixed: late stakes (decision R4) and stakes nothing stands against (M6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from rooms_core.domain.ids import BetId
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.pool import Pool


class Stake(Protocol):
    """One accepted stake, as far as refunds need it."""

    @property
    def stake(self) -> Lamports:
        """What was staked, in lamports."""


S = TypeVar("S", bound=Stake)


@dataclass(frozen=True, slots=True)
class Excess:
    """How much too much stands on one outcome, in lamports."""

    outcome: Outcome
    amount: Lamports


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginal:
    """The bet at which the match refunds of an outcome end: `back` lamports of it go back, and all newer ones whole."""

    outcome: Outcome
    placed_at_ms: int
    bet: BetId
    back: Lamports

    def returned(self, bet: BetId, placed_at_ms: int, stake: Lamports) -> Lamports:
        """What of a bet on this outcome that is not late goes back."""
        if bet == self.bet:
            return self.back
        return stake if (placed_at_ms, bet) > (self.placed_at_ms, self.bet) else ZERO


def is_late(placed_at_ms: int, *, late_after_ms: int | None) -> bool:
    """Whether a stake was placed when the answer may have been known; a stake exactly at the edge stays."""
    return late_after_ms is not None and placed_at_ms > late_after_ms


def unmatched(pool: Pool, *, match_limit: int) -> Excess | None:
    """What one outcome holds beyond `match_limit` × the others together; None: nothing, or the limit is off (0)."""
    if match_limit == 0:
        return None
    gross = pool.gross.value
    for outcome, stakes in pool.stakes:
        allowed = (gross - stakes.value) * match_limit
        if stakes.value > allowed:
            return Excess(outcome, Lamports(stakes.value - allowed))
    return None


def match_refunds(newest_first: Iterable[S], excess: Lamports) -> Iterator[tuple[S, Lamports]]:
    """Which stakes go back and how much of each: newest first by (placed_at, id), the marginal one in part."""
    left = excess
    for placed in newest_first:
        if not left:
            return
        back = min(placed.stake, left)
        left -= back
        yield placed, back
