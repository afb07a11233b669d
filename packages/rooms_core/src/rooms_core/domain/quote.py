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


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a stake would return, in lamports, the stake itself included.

    `share_ppm`: its share of the outcome's stakes, parts per million, rounded down.
    `return_now`: if betting ended now; the stake itself if the room would be void.
    `return_worst`: never less than this after up to `inflow` more lamports, whoever stakes them on whatever, given
    that a ladder's dividends rise with its rows.
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
    """The least over all ways to stake up to `inflow`.

    Where the takeout's floor can jump it may be a lamport too low, under a dividend step a step; never too high.

    All inflow on the own side dilutes most. Where the own side stands alone or beyond the match limit, inflow on
    another side ends a refund, which costs where a winner can lose; what is left then dilutes.
    """
    if not inflow:
        return returned(after, outcome, stake, rules)
    other = next(name for name in after.outcomes if name != outcome)
    against = min(_ends_refunds(after, outcome, rules), inflow)
    ends = [(after, ZERO), (after.plus(outcome, inflow), inflow)]
    for elsewhere in {against, Lamports(max(0, against.value - 1))}:
        same = inflow - elsewhere
        ends.append((after.plus(outcome, same).plus(other, elsewhere), same))

    smooth = rules.fees.base is not TakeoutBase.TOTAL and not _limit_may_bind(after, rules, inflow)

    def least(terms: Terms) -> Dividend:
        return terms.dividends[outcome] if smooth else _unfloored(terms, outcome)

    return min(_back(end, outcome, stake, rules, newer=newer, of=least) for end, newer in ends)


def _ends_refunds(after: Pool, outcome: Outcome, rules: HouseRules) -> Lamports:
    """How much more on another side leaves nothing of the present stakes on this one to be refunded."""
    times = rules.match_limit or after.on(outcome).value
    return Lamports(max(0, -(-after.on(outcome).value // times) - after.against(outcome).value))


def _limit_may_bind(after: Pool, rules: HouseRules, inflow: Lamports) -> bool:
    """Whether up to `inflow` more lamports can bring any outcome beyond the match limit."""
    times = rules.match_limit
    return times > 0 and any(
        (stakes + inflow).value > times * after.against(outcome).value for outcome, stakes in after.stakes
    )


def _unfloored(terms: Terms, outcome: Outcome) -> Dividend:
    """The dividend with the takeout's rate unfloored: it bounds all floors, and falls smoothly with each lamport."""
    fees, gross, staked = terms.rules.fees, terms.gross.value, terms.pool.on(outcome).value
    losing = gross - staked
    taken = (losing if fees.base is TakeoutBase.LOSING else gross) * fees.takeout_bps
    if fees.base is TakeoutBase.TOTAL_CAPPED:
        taken = min(taken, losing * BPS_WHOLE)
    return terms.rules.dividend.applied_to(Dividend(gross * BPS_WHOLE - taken, staked * BPS_WHOLE))


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
