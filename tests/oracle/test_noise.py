"""Seeded wandering without memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms_oracle.noise import jitter, key_of, wander_ppm

KEYS = st.integers(0, 2**64 - 1)
TIMES = st.integers(0, 2**42)


@given(KEYS, TIMES, st.integers(0, 10_000))
def test_a_jitter_stays_within_its_swing(key: int, index: int, most: int) -> None:
    """And is the same each time."""
    assert -most <= jitter(key, index, most) <= most
    assert jitter(key, index, most) == jitter(key, index, most)


@given(KEYS, TIMES)
def test_a_price_wanders_in_small_steps(key: int, at_ms: int) -> None:
    """Never 3 % from its anchor, and within 3 s never more than 0.05 % of it."""
    here, next_ = wander_ppm(key, at_ms), wander_ppm(key, at_ms + 3_000)

    assert abs(here) < 30_000
    assert abs(next_ - here) <= 250


def test_names_and_seeds_have_noise_of_their_own() -> None:
    """Two venues do not err alike."""
    assert 4 == len({key_of(seed, name) for seed in (1, 2) for name in ("a", "b")})
    assert 7 <= len({jitter(key_of(1, "a"), index, 100) for index in range(10)})
