"""Tokens priced by one pool: what moving the price costs bounds what a room may hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.market import PoolDepth
from rooms_core.domain.money import Lamports
from rooms_core.domain.thin_pool import HARD_CAP, ThinPool, move_cents, to_lamports

DOLLAR = 10**12
DEPTH = PoolDepth(2_500_000, 10_000, 100 * DOLLAR)  # $25,000, 1 %, SOL at $100


@pytest.mark.parametrize(
    "cents, ppm, expected",
    [
        (2_500_000, 200_000, 238_612),  # $25,000 and 20 %: $2,386 (√1.2 = 1.095445)
        (2_500_000, 0, 0),
        (2_500_000, 210_000, 250_000),  # √1.21 = 1.1 exactly
        (999, 210_000, 99),  # rounded down
        (0, 210_000, 0),
    ],
)
def test_what_moving_the_price_takes_in(cents: int, ppm: int, expected: int) -> None:
    """R × (√(1 + δ) − 1), with an integer square root at scale 10^6 (oracle reference §6)."""
    assert expected == move_cents(cents, ppm)


@pytest.mark.parametrize(
    "cents, sol_price, lamports",
    [(10_000, 100 * DOLLAR, 10**9), (1, 100 * DOLLAR, 100_000), (1, 300 * DOLLAR, 33_333)],
)
def test_cents_as_lamports(cents: int, sol_price: int, lamports: int) -> None:
    """Dollars at the SOL price, rounded down."""
    assert Lamports(lamports) == to_lamports(cents, sol_price=sol_price)


def test_a_room_may_hold_kappa_times_the_cost() -> None:
    """κ × φ × R × (√(1+δ) − 1): $25,000, 21 %, 1 %, κ = 10: $250, at $100 a SOL 2.5 SOL."""
    assert Lamports(2_500_000_000) == ThinPool(created=DEPTH, distance_ppm=210_000).cap(DEPTH)
    assert Lamports(250_000_000) == ThinPool(created=DEPTH, distance_ppm=210_000, kappa=1).cap(DEPTH)


def test_never_more_than_five_sol() -> None:
    """The hard cap of a mint, however deep its pool (R6)."""
    deep = PoolDepth(10**12, 10_000, 100 * DOLLAR)

    assert Lamports(5_000_000_000) == HARD_CAP == ThinPool(created=deep, distance_ppm=210_000).cap(deep)


@pytest.mark.parametrize("created, present", [(2_500_000, 1_250_000), (1_250_000, 2_500_000)])
def test_the_lower_depth_counts(created: int, present: int) -> None:
    """The lower of the present and the creation-time depth, each time a bet is judged."""
    thin = ThinPool(created=PoolDepth(created, 10_000, 100 * DOLLAR), distance_ppm=210_000)

    assert Lamports(1_250_000_000) == thin.cap(PoolDepth(present, 10_000, 100 * DOLLAR))


@pytest.mark.parametrize(
    "present, halved", [(1_250_001, False), (1_250_000, True), (0, True), (2_500_000, False)]
)
def test_liquidity_fallen_by_half(present: int, halved: bool) -> None:
    """At half of what it was there are no further stakes (R6)."""
    thin = ThinPool(created=DEPTH, distance_ppm=210_000)

    assert halved is thin.halved(PoolDepth(present, 10_000, 100 * DOLLAR))


@pytest.mark.parametrize(
    "created, present, moved",
    [
        (("curve", True), ("curve", True), None),
        (("curve", True), ("amm", False), "sha256:move"),
        (("curve", True), ("other", True), ""),
        (("amm", False), ("curve", True), ""),
        (("amm", False), ("other", False), ""),
        (("curve", True), ("", False), None),
        (("", True), ("amm", False), None),
        (("curve", True), None, None),
    ],
)
def test_a_pool_moves_from_its_curve_to_what_follows(
    created: tuple[str, bool], present: tuple[str, bool] | None, moved: str | None
) -> None:
    """Which the record of the move shows; no other way is followed, and what was never told has not moved (R6)."""
    pinned = replace(DEPTH, pool=created[0], on_curve=created[1])
    thin = ThinPool(created=pinned, distance_ppm=210_000)
    seen = None
    if present is not None:
        seen = replace(DEPTH, pool=present[0], on_curve=present[1], evidence="sha256:move")

    assert moved == thin.moved(seen)
