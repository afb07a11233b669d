"""The most a pool's promised dividends can cost beyond the pool: what the house must have set aside (M4)."""

from __future__ import annotations

from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.terms import Terms, decide


def subsidy_needed(pool: Pool, rules: HouseRules) -> Lamports:
    """The largest subsidy over all single winners, in lamports; 0 under rules that cannot need one.

    Floors per position only lower what is paid, so the floor of the whole side bounds them.
    """
    if not rules.dividend.may_need_subsidy:
        return ZERO
    needed = 0
    for outcome in pool.outcomes:
        terms = decide(pool, (outcome,), rules, hosted=False)
        if isinstance(terms, Terms):
            paid = terms.payout(outcome, terms.pool.on(outcome))
            needed = max(needed, paid.value - terms.net.value)
    return Lamports(needed)
