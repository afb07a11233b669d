"""What a stake would return: now, at worst after a given further inflow, and from which losing pool on it gains.

Every quote includes the bettor's own stake, assumes that his outcome alone wins, and holds at present pools only:
it can fall until betting ends (decision M12).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rooms_core.domain.dividend import Dividend
from rooms_core.domain.fees import TakeoutBase
from rooms_core.domain.market import PPM, Outcome
from rooms_core.domain.money import BPS_WHOLE, STORED_MAX, ZERO, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.terms import Terms, VoidReason, decide

_ONE = Lamports(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a stake would return, in lamports, the stake itself included.

    `share_ppm`: its share of the outcome's stakes, parts per million, rounded down.
    `return_now`: if betting ended now; the stake itself if the room would be void.
    `return_worst`: the least it can be after `inflow` more lamports, whoever stakes them.
    `breakeven_losing`: the smallest sum on the other outcomes, the own side unchanged, at which the stake gains at
    least one lamport; None if there is none up to 2^63 − 1.
    """

    outcome: Outcome
    stake: Lamports
    pool_after: Pool
    share_ppm: int
    return_now: Lamports
    inflow: Lamports
    return_worst: Lamports
    breakeven_losing: Lamports | None


def quote(
    pool: Pool, outcome: Outcome, stake: Lamports, rules: HouseRules, *, inflow: Lamports = ZERO
) -> Quote:
    """Quote a stake on an outcome of the pool as it is before the stake. `stake` is above 0."""
    after = pool.plus(outcome, stake)
    return Quote(
        outcome=outcome,
        stake=stake,
        pool_after=after,
        share_ppm=stake.value * PPM // after.on(outcome).value,
        return_now=returned(after, outcome, stake, rules),
        inflow=inflow,
        return_worst=_worst(after, outcome, stake, rules, inflow),
        breakeven_losing=_breakeven(after.on(outcome), outcome, stake, rules),
    )


def returned(after: Pool, outcome: Outcome, stake: Lamports, rules: HouseRules) -> Lamports:
    """What the newest stake of a pool gets back if its outcome wins: its share, and what would be unmatched."""
    return _back(after, outcome, stake, rules, newer=ZERO, of=lambda terms: terms.dividends[outcome])


def _back(
    after: Pool,
    outcome: Outcome,
    stake: Lamports,
    rules: HouseRules,
    *,
    newer: Lamports,
    of: Callable[[Terms], Dividend],
) -> Lamports:
    """`newer` lamports on the same outcome came after the stake: they are refunded before it (M6)."""
    terms = decide(after, (outcome,), rules, hosted=False)
    if isinstance(terms, VoidReason):
        return stake
    excess = terms.excess.amount.value if terms.excess and terms.excess.outcome == outcome else 0
    unmatched = Lamports(min(stake.value, max(0, excess - newer.value)))
    return unmatched + of(terms).payout(stake - unmatched)


def _worst(after: Pool, outcome: Outcome, stake: Lamports, rules: HouseRules, inflow: Lamports) -> Lamports:
    """All inflow on the own side dilutes most. In a one-sided pool one lamport elsewhere ends the refund of a void."""

    def least(terms: Terms) -> Dividend:
        if rules.fees.base is not TakeoutBase.TOTAL:
            return terms.dividends[outcome]
        # An uncapped takeout is floored at every lamport of inflow; its unfloored rate bounds all of them.
        kept = BPS_WHOLE - rules.fees.takeout_bps
        return rules.dividend.applied_to(
            Dividend(terms.gross.value * kept, terms.pool.on(outcome).value * BPS_WHOLE)
        )

    ends = [(after, ZERO), (after.plus(outcome, inflow), inflow)]
    if after.one_sided and inflow:
        other = next(name for name in after.outcomes if name != outcome)
        ends.append((after.plus(outcome, inflow - _ONE).plus(other, _ONE), inflow - _ONE))
    return min(_back(end, outcome, stake, rules, newer=newer, of=least) for end, newer in ends)


def _breakeven(on_outcome: Lamports, outcome: Outcome, stake: Lamports, rules: HouseRules) -> Lamports | None:
    """The gain never falls as the losing pool grows, so halving finds the smallest."""
    other = Outcome(outcome + "'")

    def gains(losing: int) -> bool:
        pool = Pool(((outcome, on_outcome), (other, Lamports(losing))))
        return returned(pool, outcome, stake, rules) > stake

    low, high = 0, 1
    while not gains(high):
        if high >= STORED_MAX:
            return None
        low, high = high, min(2 * high, STORED_MAX)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if gains(middle) else (middle, high)
    return Lamports(high)
