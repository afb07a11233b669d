"""What is set aside covers what the promised dividends cost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.laws.worlds import NAMES, World, houses, worlds

from rooms_core.domain.market import Outcome
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement
from rooms_core.domain.subsidy import subsidy_needed


@given(worlds(), st.sampled_from(NAMES))
def test_the_subsidy_of_a_room_is_bounded(world: World, winner: str) -> None:
    """Whoever wins alone, the subsidy is at most the one asked for when the last bet that stands was judged.

    Bets are judged one after another, and what leaves late are the newest: so the pool that is settled is one that
    was judged before.
    """
    in_time = replace(world, stakes=tuple(sorted(world.stakes, key=lambda each: each.placed_at_ms)))
    pool = Pool.empty(tuple(Outcome(name) for name in NAMES))
    needed = ZERO
    for each in in_time.stakes:
        pool = pool.plus(each.outcome, each.stake)
        needed = max(needed, subsidy_needed(pool, world.rules))

    ended = replace(in_time, winning=(Outcome(winner),)).settled()

    if isinstance(ended, Settlement):
        assert ended.figures.subsidy <= needed


@given(worlds(), st.sampled_from(NAMES))
def test_a_house_without_promises_needs_no_subsidy(world: World, winner: str) -> None:
    """A step alone, or none: the pool pays for itself."""
    ended = replace(world, winning=(Outcome(winner),)).settled()

    if not world.rules.dividend.may_need_subsidy and isinstance(ended, Settlement):
        assert ZERO == ended.figures.subsidy


@given(houses(), st.integers(1, 10**6))
def test_a_lone_side_is_promised_nothing(rules: HouseRules, more: int) -> None:
    """Until somebody stands against it a pool would be void, so it can cost nothing."""
    pool = Pool.empty((Outcome("A"), Outcome("B"))).plus(Outcome("A"), Lamports(more))

    assert ZERO == subsidy_needed(pool, rules)
