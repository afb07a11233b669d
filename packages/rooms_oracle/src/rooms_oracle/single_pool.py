"""Tokens priced by one pool (pump.fun): a quorum of families cannot exist, so two sources must agree instead.

The chain's own pool state, DexScreener and Jupiter read the same pool. At least two of them within 10,000 ppm of
the weighted median make the price; a market cap is that price times the supply the chain reports. What really
protects such rooms is the limit on stakes (decision R6), not this agreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rooms_oracle.aggregate import (
    PPM,
    Aggregate,
    Observation,
    Params,
    Reject,
    Status,
    Vote,
    gate,
    weighted_median,
)
from rooms_oracle.heard import PoolState

POOL_PARAMS: Final = Params(max_age_ms=6_000, quorum=2, tol_floor_ppm=10_000, tol_cap_ppm=10_000)
"""Two sources (the quorum) within 10,000 ppm (the tolerance)."""

CENTS_SHIFT: Final = 10
"""From 10^-12 USD to 10^-2 USD."""


def market_caps(observations: Sequence[Observation], pool: PoolState) -> list[Observation]:
    """Prices of one token as market caps in 10^-2 USD: prices rounded down, half-widths up."""
    unit: int = 10 ** (CENTS_SHIFT + pool.decimals)
    return [
        seen._replace(price=seen.price * pool.supply // unit, conf=-(-seen.conf * pool.supply // unit))
        for seen in observations
    ]


def aggregate_pool(observations: Sequence[Observation], params: Params) -> Aggregate:
    """The price on which the sources of one pool agree. Each source is a vote of its own; the answer names sources."""
    rejected: dict[str, Reject] = {}
    votes = []
    for seen in sorted(observations):
        reason = gate(seen, params)
        if reason is None:
            votes.append(Vote(seen.source, seen.price, seen.conf, seen.weight))
        else:
            rejected[seen.source] = reason
    sources = tuple([vote.family for vote in votes])
    if len(votes) < params.quorum:
        return Aggregate(Status.NO_QUORUM, sources, rejected)

    centre = _middle(votes)
    tolerance = centre * params.tol_cap_ppm // PPM
    distances = sorted([abs(vote.price - centre) for vote in votes])
    mad = distances[(len(votes) - 1) // 2]
    inliers = tuple([vote for vote in votes if abs(vote.price - centre) <= tolerance])
    rejected |= {vote.family: Reject.OUTLIER for vote in votes if vote not in inliers}
    whole, held = sum([vote.weight for vote in votes]), sum([vote.weight for vote in inliers])
    if len(inliers) < params.quorum or 2 * held <= whole:
        return Aggregate(Status.NO_CONSENSUS, sources, rejected, centre, mad, tolerance)

    price = weighted_median([(vote.price, vote.weight) for vote in inliers])
    lo = min([vote.price - vote.conf for vote in inliers])
    hi = max([vote.price + vote.conf for vote in inliers])
    return Aggregate(Status.ACCEPTED, sources, rejected, centre, mad, tolerance, price, lo, hi, inliers)


def _middle(votes: Sequence[Vote]) -> int:
    """The lower weighted median: a price somebody sent, so that two sources are measured against each other."""
    whole = sum([vote.weight for vote in votes])
    running = 0
    middle = 0
    for price, weight in sorted([(vote.price, vote.weight) for vote in votes]):
        if 2 * running >= whole:
            break
        middle = price
        running += weight
    return middle
