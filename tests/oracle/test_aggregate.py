"""The rule `rooms-agg/1`: its properties, and the steps one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rooms_oracle.aggregate import (
    PPM,
    Aggregate,
    Observation,
    Params,
    Reject,
    Status,
    aggregate,
    weighted_median,
)

FAMILIES = st.sampled_from("abcdef")
INTEGERS = st.integers() | st.integers(-3, 3)
ANY = st.builds(Observation, st.text(max_size=3), FAMILIES, INTEGERS, INTEGERS, INTEGERS, INTEGERS)
ANY_PARAMS = st.builds(
    Params,
    max_age_ms=INTEGERS,
    max_skew_ms=INTEGERS,
    quorum=st.integers(1, 4),
    tol_floor_ppm=INTEGERS,
    tol_cap_ppm=INTEGERS,
    conf_cap_ppm=INTEGERS,
)
MARKET = st.integers(950_000, 1_050_000)
SOUND = st.builds(
    Observation,
    st.text("xyz", min_size=1, max_size=4),
    FAMILIES,
    MARKET | st.integers(998_000, 1_002_000),
    st.integers(0, 4_000),
    st.integers(-2_000, 10_000),
    st.integers(1, 100),
)


def unique(of: st.SearchStrategy[Observation], *, most: int = 12) -> st.SearchStrategy[list[Observation]]:
    """Observations of one tick: each source speaks once."""
    return st.lists(of, max_size=most, unique_by=lambda seen: seen.source)


def said(**prices: int) -> list[Observation]:
    """One sound source for each family, weight 10."""
    return [Observation(name, name, price, 0, 500, 10) for name, price in prices.items()]


@given(unique(ANY), ANY_PARAMS)
def test_no_integers_make_it_stumble(observations: list[Observation], params: Params) -> None:
    """Whatever is sent, there is an answer, and the same input has the same answer."""
    assert aggregate(observations, params) == aggregate(observations, params)


@given(unique(SOUND).flatmap(lambda seen: st.tuples(st.just(seen), st.permutations(seen))))
def test_the_order_of_observations_does_not_matter(
    orders: tuple[list[Observation], list[Observation]],
) -> None:
    """Who answers first has no advantage."""
    assert aggregate(orders[0], Params()) == aggregate(orders[1], Params())


@given(unique(SOUND), st.integers(1, 3))
def test_the_price_lies_among_the_inliers(observations: list[Observation], quorum: int) -> None:
    """P lies within the inliers' prices, its band around it, and no further than the tolerance from the median."""
    found = aggregate(observations, Params(quorum=quorum))
    assume(found.accepted)
    prices = [vote.price for vote in found.inliers]

    assert min(prices) <= found.price <= max(prices)
    assert found.lo <= found.price <= found.hi
    assert abs(found.price - found.median) <= found.tolerance


@given(st.lists(st.tuples(MARKET, st.integers(10, 14)), min_size=3, max_size=6), st.integers(2, 9))
def test_the_scale_of_the_weights_does_not_matter(votes: list[tuple[int, int]], factor: int) -> None:
    """Weights say how much of the whole, where none is capped."""
    observations = [Observation(f"s{n}", f"f{n}", price, 0, 0, w) for n, (price, w) in enumerate(votes)]
    scaled = [seen._replace(weight=seen.weight * factor) for seen in observations]
    found, again = aggregate(observations, Params()), aggregate(scaled, Params())

    assert (found.status, found.median, found.rejected) == (again.status, again.median, again.rejected)
    assert abs(found.price - again.price) <= 1


@given(unique(SOUND, most=6), st.integers(0, 5))
def test_more_sources_give_no_more_votes(observations: list[Observation], which: int) -> None:
    """Sending everything of one family twice changes nothing."""
    assume(observations)
    family = observations[which % len(observations)].family
    doubled = [seen._replace(source=seen.source + "'") for seen in observations if seen.family == family]
    members = len(doubled)
    assume(members == 1 or len({seen.weight for seen in doubled}) == 1)
    found, again = aggregate(observations, Params()), aggregate(observations + doubled, Params())

    assert found._replace(rejected={}) == again._replace(rejected={})


@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 50)), min_size=3, max_size=5),
    st.integers(0, 10**12),
    st.integers(1, 10**6),
    st.integers(-5_000, 20_000),
)
@example([(0, 10), (500, 10), (3_000, 10)], 0, 10**6, 0)
def test_one_bad_family_moves_nothing(
    honest: list[tuple[int, int]], price: int, weight: int, age_ms: int
) -> None:
    """One family with any value, weight and age, against three that agree, moves the price by less than the cap."""
    base = 10**9
    sound = [
        Observation(f"s{n}", f"f{n}", base + off * base // PPM, 0, 500, w)
        for n, (off, w) in enumerate(honest)
    ]
    alone = aggregate(sound, Params())
    found = aggregate([*sound, Observation("bad", "bad", price, 0, age_ms, weight)], Params())

    assert alone.accepted
    assert not found.accepted or abs(found.price - alone.price) * PPM <= 10_000 * alone.price
    assert found.accepted or found.status is Status.NO_CONSENSUS


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 9)), min_size=1, max_size=9))
def test_the_weighted_median_has_half_of_the_weight_on_either_side(items: list[tuple[int, int]]) -> None:
    """No more than half of the weight lies above it, nor below."""
    median = weighted_median(items)
    whole = sum(weight for _, weight in items)

    assert 2 * sum(weight for value, weight in items if value < median) <= whole
    assert 2 * sum(weight for value, weight in items if value > median + 1) <= whole


@pytest.mark.parametrize(
    "seen, reason",
    [
        (Observation("x", "x", 0, 0, 0, 10), Reject.BAD_VALUE),
        (Observation("x", "x", 100, -1, 0, 10), Reject.BAD_VALUE),
        (Observation("x", "x", 100, 0, 0, 0), Reject.BAD_VALUE),
        (Observation("x", "x", 100, 0, -2_001, 10), Reject.FUTURE),
        (Observation("x", "x", 100, 0, 10_001, 10), Reject.STALE),
        (Observation("x", "x", 1_000, 6, 0, 10), Reject.WIDE),
    ],
)
def test_the_gate_names_the_first_reason(seen: Observation, reason: Reject) -> None:
    """A refused observation is named with its reason and has no vote."""
    found = aggregate([seen], Params(quorum=1))

    assert Aggregate(Status.NO_QUORUM, (), {"x": reason}) == found


@pytest.mark.parametrize("age_ms, status", [(10_000, Status.ACCEPTED), (10_001, Status.NO_QUORUM)])
def test_the_age_limit_is_inclusive(age_ms: int, status: Status) -> None:
    """An observation exactly as old as allowed counts."""
    observations = [seen._replace(age_ms=age_ms) for seen in said(a=100, b=100, c=100)]

    assert status == aggregate(observations, Params()).status


def test_two_clusters_are_no_consensus() -> None:
    """Two opinions of equal weight give no price: there is no average of a quarrel."""
    assert Status.NO_CONSENSUS == aggregate(said(a=100, b=100, c=200, d=200), Params()).status


def test_three_families_with_one_far_off_give_no_price() -> None:
    """With exactly three configured, one bad family stops the price; five do not stop."""
    three = said(a=1_000_000, b=1_000_100, c=2_000_000)
    five = three + said(d=1_000_000, e=1_000_100)

    assert Status.NO_CONSENSUS == aggregate(three, Params()).status
    assert {"family:c": Reject.OUTLIER} == aggregate(five, Params()).rejected
    assert aggregate(five, Params()).accepted


def test_no_family_holds_half_of_the_weight() -> None:
    """A family with a huge weight still needs another one."""
    observations = said(a=1_000_000, b=1_000_000, c=1_003_000)
    observations[2] = observations[2]._replace(weight=10**9)
    found = aggregate(observations, Params())

    assert [10, 10, 19] == [vote.weight for vote in found.inliers]


def test_members_that_disagree_vote_for_their_middle() -> None:
    """Two sources of one family far apart are one vote between them, as uncertain as they are apart."""
    observations = [Observation("a1", "a", 990, 1, 0, 10), Observation("a2", "a", 1_010, 0, 0, 10)]
    found = aggregate(observations, Params(quorum=1, tol_floor_ppm=10**6))

    assert [("a", 1_000, 11, 10)] == [tuple(vote) for vote in found.inliers]


def test_a_quorum_is_at_least_one() -> None:
    """Nobody can set the rule so that silence has a price."""
    with pytest.raises(ValueError, match="quorum"):
        replace(Params(), quorum=0)
