"""What the promised dividends can cost beyond the pool."""

from __future__ import annotations

import pytest

from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.subsidy import subsidy_needed


@pytest.mark.parametrize(
    "preset, yes, no, needed",
    [
        ("us-tote", 1_000, 10, 221),  # 1,050 promised, 829 there
        ("us-tote", 10, 1_000, 221),  # the worst winner counts
        ("us-tote", 1_000, 1_000, 0),  # 1.60 each, 1,600 of 1,640
        ("us-tote", 1_000, 0, 0),  # void
        ("us-tote", 0, 0, 0),
        ("uk-tote", 1_000, 10, 204),  # 1,020 − 816
        ("uk-tote", 1_000, 200, 131),  # 1,100 − 969
        ("rooms", 1_000, 10, 0),
        ("pancakeswap", 1_000, 10, 0),
    ],
)
def test_the_largest_subsidy_over_all_winners(preset: str, yes: int, no: int, needed: int) -> None:
    """Rules without a promise need none; else the dearest winner decides (M4)."""
    pool = Pool.of({"YES": Lamports(yes), "NO": Lamports(no)})

    assert Lamports(needed) == subsidy_needed(pool, HouseRules.preset(preset))


def test_a_step_alone_needs_none() -> None:
    """Flooring keeps money in the pool."""
    pool = Pool.of({"YES": Lamports(1_000), "NO": Lamports(10)})

    assert ZERO == subsidy_needed(pool, HouseRules.preset("us-tote", dividend_min_bps=0))


def test_the_match_limit_counts_first() -> None:
    """With at most 2 times the others 1,000 against 10 become 20 against 10, and 24 of 20 × 1.05 are there."""
    pool = Pool.of({"YES": Lamports(1_000), "NO": Lamports(10)})

    assert ZERO == subsidy_needed(pool, HouseRules.preset("us-tote", match_limit=2))
