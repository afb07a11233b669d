"""From minutes to ticks."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_oracle.candle_walk import half_even, walk


def test_a_rising_minute_falls_first() -> None:
    """open → low → high → close, in three legs of 20 s."""
    prices = walk(1_000, 1_400, 800, 1_200)

    assert 20 == len(prices)
    assert (1_000, 970, 940) == prices[:3]
    assert 820 == prices[6]  # second 18, still on the first leg
    assert 830 == prices[7]  # second 21, a twentieth up the second
    assert 1_380 == prices[14]  # second 42, a tenth down the third leg
    assert 1_230 == prices[19]


def test_a_falling_minute_rises_first() -> None:
    """open → high → low → close."""
    assert (1_000, 1_060, 1_120) == walk(1_000, 1_400, 800, 900)[:3]


def test_a_minute_that_ends_where_it_began_counts_as_rising() -> None:
    """close ≥ open."""
    assert 970 == walk(1_000, 1_400, 800, 1_000)[1]


@pytest.mark.parametrize(
    "numerator, rounded",
    [(1, 0), (2, 0), (3, 1), (5, 1), (6, 2), (7, 2), (10, 2), (-2, 0), (-6, -2), (-3, -1)],
)
def test_halves_go_to_the_even_number(numerator: int, rounded: int) -> None:
    """Quarters of it."""
    assert rounded == half_even(numerator, 4)


@given(st.integers(), st.integers(1, 40))
def test_rounding_is_that_of_exact_fractions(numerator: int, denominator: int) -> None:
    """As Python rounds a Fraction."""
    assert round(Fraction(numerator, denominator)) == half_even(numerator, denominator)
