"""Whether an accepted tick reaches a target: the price does, and so do two families with two thirds of the weight.

The direct test (`hit`) reads as the rule is written. `thresholds` says the same for all targets at once, so that
a tick over thousands of rooms costs as much as one room: up-hits are exactly the targets up to `up`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rooms_core.domain.market import Direction
from rooms_oracle.aggregate import Aggregate

FAMILIES_MIN: Final = 2
"""One bad family among the sound ones cannot make a hit alone."""


class Thresholds(NamedTuple):
    """The largest target a tick hits upwards and the smallest it hits downwards; None: it hits none."""

    up: int | None
    down: int | None


NO_HITS: Final = Thresholds(None, None)


def hit(found: Aggregate, direction: Direction, target: int) -> bool | None:
    """Whether the tick is a hit for a target, equality included; None if the tick was not accepted."""
    if not found.accepted:
        return None
    if direction is Direction.UP:
        reached = found.price >= target
        there = [vote.weight for vote in found.inliers if vote.price - vote.conf >= target]
    else:
        reached = found.price <= target
        there = [vote.weight for vote in found.inliers if vote.price + vote.conf <= target]
    whole = sum([vote.weight for vote in found.inliers])
    return reached and len(there) >= FAMILIES_MIN and 3 * sum(there) >= 2 * whole


def reaches(at: Thresholds, direction: Direction, target: int) -> bool:
    """Whether edges lie at or past a target."""
    if direction is Direction.UP:
        return at.up is not None and target <= at.up
    return at.down is not None and target >= at.down


def thresholds(found: Aggregate) -> Thresholds:
    """`hit(found, UP, x)` is `x <= up`, and `hit(found, DOWN, x)` is `x >= down`, for every target x."""
    inliers = found.inliers
    if len(inliers) < FAMILIES_MIN:
        return NO_HITS
    needed = 2 * sum([vote[3] for vote in inliers])
    floors = sorted([(vote[2] - vote[1], vote[3]) for vote in inliers])
    ceilings = sorted([(vote[1] + vote[2], vote[3]) for vote in inliers])
    return Thresholds(
        min(found.price, -_reached(floors, needed)), max(found.price, _reached(ceilings, needed))
    )


def _reached(edges: list[tuple[int, int]], needed: int) -> int:
    """The first edge up to which at least two families and `needed` thirds of the weight lie."""
    held = 3 * edges[0][1]
    position = 0
    while position < FAMILIES_MIN - 1 or held < needed:
        position += 1
        held += 3 * edges[position][1]
    return edges[position][0]
