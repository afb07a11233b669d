"""One price from many venues, or none: the rule `rooms-agg/1`, steps A to F, in whole numbers only.

A gate refuses bad observations, each family of sources gets one vote, no vote weighs half of the total, votes
far from the weighted median are left out, and what remains must be a quorum with two thirds of the weight.
There is no fallback value: without consensus there is no price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

RULE: Final = "rooms-agg/1"
PPM: Final = 1_000_000


class Status(StrEnum):
    """How far the rule came. Only ACCEPTED has a price."""

    ACCEPTED = "ACCEPTED"
    NO_QUORUM = "NO_QUORUM"
    NO_CONSENSUS = "NO_CONSENSUS"


class Reject(StrEnum):
    """Why an observation (or, for OUTLIER, a family) had no part in the price.

    The last two are found before the rule runs: see `quotes` and `frozen`.
    """

    BAD_VALUE = "BAD_VALUE"
    FUTURE = "FUTURE"
    STALE = "STALE"
    WIDE = "WIDE"
    OUTLIER = "OUTLIER"
    NO_QUOTE_RATE = "NO_QUOTE_RATE"
    FROZEN = "FROZEN"


class Observation(NamedTuple):
    """What one source said, in 10^-12 USD (market caps 10^-2 USD). A tuple, because a tick makes dozens of them.

    `conf` is the half-width of its uncertainty, `age_ms` its age when the tick is evaluated (negative: its clock
    is ahead of ours). Source names are unique within a tick; sources of one `family` share one vote.
    """

    source: str
    family: str
    price: int
    conf: int
    age_ms: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The settings of the rule; the defaults are those for major coins. Raises ValueError for a quorum under 1."""

    max_age_ms: int = 10_000
    max_skew_ms: int = 2_000
    quorum: int = 3
    tol_floor_ppm: int = 3_000
    tol_cap_ppm: int = 10_000
    conf_cap_ppm: int = 5_000

    def __post_init__(self) -> None:
        if self.quorum < 1:
            raise ValueError(f"a quorum is at least 1, not {self.quorum}")


INSTANT: Final = Params(max_age_ms=6_000)
"""For prices that settle rooms at once."""


class Vote(NamedTuple):
    """A family's one vote: price, half-width, and its weight after the cap."""

    family: str
    price: int
    conf: int
    weight: int


class Aggregate(NamedTuple):
    """What the rule answers for one tick. Fields of steps that were not reached are 0 or empty.

    `families` had a vote; `inliers` made the price; `rejected` names, by source or `family:<name>`, why not.
    `median`, `mad` and `tolerance` are there unless the status is NO_QUORUM, the rest only when ACCEPTED.
    """

    status: Status
    families: tuple[str, ...]
    rejected: Mapping[str, Reject]
    median: int = 0
    mad: int = 0
    tolerance: int = 0
    price: int = 0
    lo: int = 0
    hi: int = 0
    inliers: tuple[Vote, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether there is a price."""
        return self.status is Status.ACCEPTED


def aggregate(observations: Sequence[Observation], params: Params) -> Aggregate:
    """Apply the rule to the observations of one tick. Their order does not matter; their sources must be unique."""
    rejected: dict[str, Reject] = {}
    votes = [
        _collapse(family, members)
        for family, members in sorted(_gate(observations, params, rejected).items())
    ]
    families = tuple([vote[0] for vote in votes])
    if len(votes) < params.quorum:
        return Aggregate(Status.NO_QUORUM, families, rejected)
    if len(votes) >= 3:
        votes = _cap(votes)

    median = weighted_median([(vote[1], vote[3]) for vote in votes])
    distances = [abs(vote[1] - median) for vote in votes]
    mad = sorted(distances)[(len(votes) - 1) // 2]
    widest = max(mad * 4448 // 1000, median * params.tol_floor_ppm // PPM)
    tolerance = min(widest, median * params.tol_cap_ppm // PPM)

    inliers = []
    for vote, distance in zip(votes, distances, strict=True):
        if distance <= tolerance:
            inliers.append(vote)
        else:
            rejected[f"family:{vote[0]}"] = Reject.OUTLIER
    whole, held = _weight(votes), _weight(inliers)
    if len(inliers) < params.quorum or 3 * held < 2 * whole:
        return Aggregate(Status.NO_CONSENSUS, families, rejected, median, mad, tolerance)

    price = (sum([vote[3] * vote[1] for vote in inliers]) + held // 2) // held
    lo = min([vote[1] - vote[2] for vote in inliers])
    hi = max([vote[1] + vote[2] for vote in inliers])
    return Aggregate(
        Status.ACCEPTED, families, rejected, median, mad, tolerance, price, lo, hi, tuple(inliers)
    )


def weighted_median(items: Sequence[tuple[int, int]]) -> int:
    """The weighted median of (value, weight): where the weights split evenly, the floor of the two middle values' mean.

    Values of equal size may come in any order. There is at least one item, and weights are above 0.
    """
    ordered = sorted(items)
    whole = sum([weight for _, weight in ordered])
    running = 0
    position = -1
    while 2 * running < whole:
        position += 1
        running += ordered[position][1]
    middle = ordered[position][0]
    if 2 * running == whole:
        return (middle + ordered[position + 1][0]) // 2
    return middle


def gate(seen: Observation, params: Params) -> Reject | None:
    """Step A: the first reason to refuse an observation, or None."""
    _, _, price, conf, age_ms, weight = seen
    if price <= 0 or conf < 0 or weight <= 0:
        return Reject.BAD_VALUE
    if age_ms < -params.max_skew_ms:
        return Reject.FUTURE
    if age_ms > params.max_age_ms:
        return Reject.STALE
    if conf * PPM > params.conf_cap_ppm * price:
        return Reject.WIDE
    return None


def _gate(
    observations: Sequence[Observation], params: Params, rejected: dict[str, Reject]
) -> dict[str, list[Observation]]:
    survivors: dict[str, list[Observation]] = {}
    for seen in observations:
        reason = gate(seen, params)
        if reason is not None:
            rejected[seen[0]] = reason
        elif seen[1] in survivors:
            survivors[seen[1]].append(seen)
        else:
            survivors[seen[1]] = [seen]
    return survivors


def _collapse(family: str, members: list[Observation]) -> Vote:
    """Step B. The weight is the members' largest, so that adding sources adds no votes."""
    if len(members) == 1:
        (only,) = members
        return Vote(family, only[2], only[3], only[5])
    price = weighted_median([(seen[2], seen[5]) for seen in members])
    conf = max([seen[3] + abs(seen[2] - price) for seen in members])
    return Vote(family, price, conf, max([seen[5] for seen in members]))


def _cap(votes: list[Vote]) -> list[Vote]:
    """Step C: each weight below half of the total, all at once; needs at least three votes."""
    most = _weight(votes) - 1
    return [vote if 2 * vote[3] <= most else vote._replace(weight=most - vote[3]) for vote in votes]


def _weight(votes: Sequence[Vote]) -> int:
    return sum([vote[3] for vote in votes])
