"""Hits: the direct test and the two thresholds say the same for every target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.market import Direction
from rooms_oracle.aggregate import Aggregate, Status, Vote
from rooms_oracle.hits import NO_HITS, Thresholds, hit, reaches, thresholds

VOTES = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 20), st.integers(1, 30)), min_size=1, max_size=6
)


def accepted(price: int, votes: list[tuple[int, int, int]]) -> Aggregate:
    """An accepted tick with these (price, half-width, weight)."""
    inliers = tuple([Vote(f"f{n}", *vote) for n, vote in enumerate(votes)])
    return Aggregate(Status.ACCEPTED, (), {}, price=price, inliers=inliers)


@given(st.integers(1, 60), VOTES)
def test_thresholds_are_the_direct_test_for_all_targets(
    price: int, votes: list[tuple[int, int, int]]
) -> None:
    """x is an up-hit iff x <= up, a down-hit iff x >= down: for every x around."""
    found = accepted(price, votes)
    at = thresholds(found)

    for target in range(-25, 90):
        for direction in Direction:
            assert hit(found, direction, target) == reaches(at, direction, target)


def test_a_tick_without_price_hits_nothing() -> None:
    """It is neither a hit nor a miss."""
    refused = Aggregate(Status.NO_QUORUM, (), {})

    assert hit(refused, Direction.UP, 1) is None
    assert NO_HITS == thresholds(refused)


def test_one_family_alone_is_no_hit() -> None:
    """However heavy it is."""
    assert NO_HITS == thresholds(accepted(100, [(100, 0, 10)]))
    assert hit(accepted(100, [(100, 0, 10)]), Direction.UP, 100) is False


@pytest.mark.parametrize("direction, target", [(Direction.UP, 100), (Direction.DOWN, 100)])
def test_equality_counts_as_reached(direction: Direction, target: int) -> None:
    """A price at the target is a hit both ways."""
    assert hit(accepted(100, [(100, 0, 10)] * 3), direction, target) is True


def test_an_uncertain_family_does_not_reach() -> None:
    """Its half-width has to be past the target as well."""
    found = accepted(100, [(100, 0, 10), (100, 1, 10), (100, 1, 10)])

    assert Thresholds(99, 101) == thresholds(found)
