"""Chance that can be repeated."""

from __future__ import annotations

from rooms_core.testing.rng import SeededRng


def test_the_same_seed_draws_the_same() -> None:
    """Numbers and salts alike; another seed draws others."""

    def draw(seed: int) -> tuple[list[int], bytes]:
        rng = SeededRng(seed)
        return [rng.below(1_000) for _ in range(20)], rng.salt()

    assert draw(1) == draw(1) != draw(2)


def test_numbers_stay_below_their_limit() -> None:
    """All of 0 … limit − 1 are drawn, and a salt has 16 bytes."""
    rng = SeededRng()

    assert {0, 1, 2} == {rng.below(3) for _ in range(100)}
    assert 16 == len(rng.salt())
