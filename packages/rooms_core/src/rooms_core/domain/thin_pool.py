"""Tokens priced by one pool: what it costs to move the price, and how much a room on it may hold (decision R6).

One pool is one source, so no quorum can protect such a room; only its size can. For a constant-product pool with
quote side R, raising the price by a factor 1 + δ takes in `R × (√(1+δ) − 1)` and loses on the way back about twice
the pool's fee φ of it. All open rooms of a mint share one cap. Source: oracle §6.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Final

from rooms_core.domain.market import PPM, PoolDepth
from rooms_core.domain.money import LAMPORTS_PER_SOL, Lamports

HARD_CAP: Final = Lamports(5 * LAMPORTS_PER_SOL)
_CENTS_TO_PRICE: Final = 10**10
"""A cent in units of 10^-12 USD."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinPool:
    """What a room on a thin token keeps of its creation: its pool and the depth then, and how far the target was (ppm).

    `kappa`: how many times the cost of moving the price and back a room may hold; 1 makes an attack unprofitable
    and rooms tiny, 10 is the default; operators choose.
    """

    created: PoolDepth
    distance_ppm: int
    kappa: int = 10

    def cap(self, present: PoolDepth) -> Lamports:
        """The most all open rooms of the mint may hold: by the lower of present and creation-time depth."""
        depth = min(self.created.liquidity_cents, present.liquidity_cents)
        cents = self.kappa * move_cents(depth, self.distance_ppm) * present.fee_ppm // PPM
        return min(HARD_CAP, to_lamports(cents, sol_price=present.sol_price))

    def halved(self, present: PoolDepth) -> bool:
        """Whether liquidity has halved since creation: no further stakes, and touches need the 60 s median."""
        return 2 * present.liquidity_cents <= self.created.liquidity_cents

    def moved(self, present: PoolDepth | None) -> str | None:
        """The record that shows the pool where it is now, if it is another than at creation; None: it has not moved.

        "": it has moved and nothing shows it, or not from a curve to the pool that follows it.
        """
        pinned = self.created.pool
        if present is None or not pinned or present.pool in ("", pinned):
            return None
        followed = self.created.on_curve and not present.on_curve
        return present.evidence if followed else ""


def move_cents(liquidity_cents: int, distance_ppm: int) -> int:
    """What raising the price by `distance_ppm` takes in, in cents, rounded down: `R × (√(1+δ) − 1)`."""
    root = isqrt((PPM + distance_ppm) * PPM)
    return liquidity_cents * (root - PPM) // PPM


def to_lamports(cents: int, *, sol_price: int) -> Lamports:
    """Cents as lamports at a SOL price in 10^-12 USD, rounded down."""
    return Lamports(cents * _CENTS_TO_PRICE * LAMPORTS_PER_SOL // sol_price)
