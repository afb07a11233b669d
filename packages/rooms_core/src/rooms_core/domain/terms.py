"""What the pool alone decides: whether a room is void, and else the takeout and the dividend of each winner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rooms_core.domain.dividend import DeadHeat, Dividend, dividends
from rooms_core.domain.fees import TakeoutBase
from rooms_core.domain.invariants import ensure
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import ZERO, Lamports, total
from rooms_core.domain.pool import Pool
from rooms_core.domain.returns import Excess, unmatched
from rooms_core.domain.rules import HouseRules


class VoidReason(StrEnum):
    """Why everybody gets his stake back (decision M5). The first four in the order in which they are judged."""

    REQUESTED = "REQUESTED"
    NO_WINNER_GIVEN = "NO_WINNER_GIVEN"
    ONE_SIDED = "ONE_SIDED"
    EMPTY_WINNER = "EMPTY_WINNER"
    TOO_FEW_PLAYERS = "TOO_FEW_PLAYERS"
    TARGET_PASSED = "TARGET_PASSED"
    NO_PRICE = "NO_PRICE"
    POOL_MOVED = "POOL_MOVED"
    SOURCE_BROKEN = "SOURCE_BROKEN"
    ASKED_WRONGLY = "ASKED_WRONGLY"


OPERATOR_CAUSES: Final = (VoidReason.POOL_MOVED, VoidReason.SOURCE_BROKEN, VoidReason.ASKED_WRONGLY)
"""What two persons may void a room for (decision R9): its pool moved without evidence, its price source broke, or
the question itself cannot be answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the pool alone decides: the takeout and the dividend of each winner. Positions follow, in any number."""

    pool: Pool
    excess: Excess | None
    takeout: Lamports
    host: Lamports
    dividends: Mapping[Outcome, Dividend]
    rules: HouseRules

    @property
    def gross(self) -> Lamports:
        """The pool that is shared: after late and match refunds, before the takeout."""
        return self.pool.gross

    @property
    def net(self) -> Lamports:
        """The pool after the takeout."""
        return self.gross - self.takeout

    def payout(self, outcome: Outcome, position: Lamports) -> Lamports:
        """What a position is paid; nothing on an outcome that lost."""
        dividend = self.dividends.get(outcome)
        return ZERO if dividend is None else dividend.payout(position)


def decide(pool: Pool, winning: Sequence[Outcome], rules: HouseRules, *, hosted: bool) -> Terms | VoidReason:
    """The terms of a pool from which late stakes have left already, or why the room is void.

    `winning` lists the outcomes that won; more than one is a dead heat. `hosted`: whether a host takes his share.
    Match refunds (M6) are part of the terms: `excess` says how much leaves which outcome.
    """
    if not winning:
        return VoidReason.NO_WINNER_GIVEN
    if pool.one_sided:
        return VoidReason.ONE_SIDED
    excess = unmatched(pool, match_limit=rules.match_limit)
    matched = pool if excess is None else pool.minus(excess.outcome, excess.amount)
    won = frozenset(winning)
    winners = {outcome: stakes for outcome, stakes in matched.stakes if outcome in won and stakes}
    if not winners:
        return VoidReason.EMPTY_WINNER
    on_winners = total(winners.values())
    takeout = rules.fees.takeout(gross=matched.gross, winning=on_winners)
    paid = dividends(matched.gross - takeout, winners, rule=rules.dividend, dead_heat=rules.dead_heat)
    if _stakes_come_back(rules):
        ensure(
            all(each.paid >= each.on for each in paid.values()), "I8", "no winner is paid less than his stake"
        )
    return Terms(
        pool=matched,
        excess=excess,
        takeout=takeout,
        host=rules.fees.host_share(takeout) if hosted else ZERO,
        dividends=paid,
        rules=rules,
    )


def _stakes_come_back(rules: HouseRules) -> bool:
    """Whether these rules promise every winner at least his stake (decision M2)."""
    capped = rules.fees.base is not TakeoutBase.TOTAL
    return capped and rules.dead_heat is DeadHeat.PROFIT_SPLIT and rules.dividend.exact
