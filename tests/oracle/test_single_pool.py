"""Tokens priced by one pool: two sources must agree, and the chain says how many tokens there are."""

from __future__ import annotations

import pytest

from rooms_oracle.aggregate import Observation, Params, Reject, Status
from rooms_oracle.heard import PoolState
from rooms_oracle.single_pool import POOL_PARAMS, aggregate_pool, market_caps


def said(**prices: int) -> list[Observation]:
    """Sources of one pool, weight 10 each."""
    return [Observation(name, "pool", price, 0, 0, 10) for name, price in prices.items()]


def test_two_of_three_that_agree_make_the_price() -> None:
    """The third is an outlier; the price is the median of the two."""
    found = aggregate_pool(said(chain=100_000, dexscreener=101_000, jupiter=150_000), POOL_PARAMS)

    assert found.accepted
    assert (100_500, 100_000, 101_000) == (found.price, found.lo, found.hi)
    assert {"jupiter": Reject.OUTLIER} == found.rejected
    assert ("chain", "dexscreener", "jupiter") == found.families


@pytest.mark.parametrize("second, status", [(101_000, Status.ACCEPTED), (101_001, Status.NO_CONSENSUS)])
def test_agreeing_is_within_ten_thousand_ppm_of_each_other(second: int, status: Status) -> None:
    """Two sources are measured against one another, not against their middle."""
    assert status == aggregate_pool(said(chain=100_000, jupiter=second), POOL_PARAMS).status


def test_one_source_is_no_quorum() -> None:
    """Stale or not there is the same."""
    one = said(chain=100_000, jupiter=100_000)
    one[1] = one[1]._replace(age_ms=6_001)
    found = aggregate_pool(one, POOL_PARAMS)

    assert (Status.NO_QUORUM, {"jupiter": Reject.STALE}) == (found.status, found.rejected)


def test_those_who_agree_hold_more_than_half_of_the_weight() -> None:
    """Two against two is no price."""
    assert Status.NO_CONSENSUS == aggregate_pool(said(a=100, b=100, c=200, d=200), POOL_PARAMS).status


def test_a_heavy_source_is_the_centre() -> None:
    """The lower weighted median is a price somebody sent."""
    heavy = said(a=100_000, b=200_000, c=200_100)
    heavy[0] = heavy[0]._replace(weight=30)

    assert 100_000 == aggregate_pool(heavy, Params(quorum=1, tol_cap_ppm=10_000)).median


def test_a_heavy_source_is_the_centre_wherever_it_stands() -> None:
    """Also as the dearest."""
    heavy = said(a=100_000, b=100_100, c=200_000)
    heavy[2] = heavy[2]._replace(weight=30)

    assert 200_000 == aggregate_pool(heavy, Params(quorum=1, tol_cap_ppm=10_000)).price


def test_a_market_cap_is_price_times_supply() -> None:
    """0.00005 dollars times 10^9 tokens of 6 decimals is 50,000.00 dollars; uncertainty is rounded up."""
    pool = PoolState(10**9 * 10**6, 6, 0, 0)
    (cap,) = market_caps([Observation("chain", "pool", 50_000_000, 1, 0, 10)], pool)

    assert (5_000_000, 1) == (cap.price, cap.conf)
