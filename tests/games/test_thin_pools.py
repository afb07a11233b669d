"""Games against R6: does it pay to move the price of a token that one pool prices?"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import isqrt

from rooms_core.domain.market import PoolDepth
from rooms_core.domain.thin_pool import ThinPool

SOL_PRICE = 150 * 10**12


def winnable_and_cost(
    depth_cents: int, fee_ppm: int, distance_ppm: int, kappa: int
) -> tuple[Fraction, Fraction]:
    """The most a mover of the price can win in all rooms of the mint, and what moving it there and back costs: cents.

    Moving takes in R × (√(1 + δ) − 1); on the way back the pool's fee has been paid twice on it. Worked out with
    fractions; the root is taken low, so that the cost is never flattered.
    """
    depth = PoolDepth(depth_cents, fee_ppm, SOL_PRICE)
    cap = ThinPool(created=depth, distance_ppm=distance_ppm, kappa=kappa).cap(depth)
    root = Fraction(isqrt((10**6 + distance_ppm) * 10**18), 10**12)
    taken_in = depth_cents * (root - 1)
    winnable = Fraction(cap.value * SOL_PRICE, 10**9 * 10**10)
    return winnable, 2 * Fraction(fee_ppm, 10**6) * taken_in


def test_with_kappa_1_moving_the_price_never_pays() -> None:
    """Attack: stake YES in every room of a mint, buy the token over the target, sell it back when the rooms have paid.

    Size: 5 depths × 4 fees × 6 distances. Answer: with κ = 1 all that can be won is at most half of what moving costs.
    """
    for depth, fee, distance in product(
        [300_000, 1_000_000, 2_500_000, 10**8, 10**10],
        [2_500, 3_000, 10_000, 12_500],
        [30_001, 50_000, 100_000, 200_000, 10**6, 9 * 10**6],
    ):
        winnable, cost = winnable_and_cost(depth, fee, distance, 1)

        assert 2 * winnable <= cost


def test_with_kappa_10_it_can_and_the_room_card_says_so() -> None:
    """Control: the default lets rooms be larger than the cost, five times at most; its price is on the room card."""
    for depth, distance in product([300_000, 2_500_000], [50_000, 200_000]):
        winnable, cost = winnable_and_cost(depth, 10_000, distance, 10)

        assert cost < winnable <= 5 * cost


def test_rooms_side_by_side_share_the_cap() -> None:
    """Attack: many rooms on one mint, each below the cap. Answer: the cap counts what all of them hold together.

    Size: 1 to 10 rooms that fill up in turn, in steps of a tenth. `Room.accept` is given `mint_staked`; here the sum
    that passes is checked against the cap of a single room.
    """
    depth = PoolDepth(2_500_000, 10_000, SOL_PRICE)
    cap = ThinPool(created=depth, distance_ppm=200_000).cap(depth).value
    for rooms in range(1, 11):
        held = [0] * rooms
        for turn in range(30):
            stake = cap // 10
            if sum(held) + stake <= cap:
                held[turn % rooms] += stake
        assert sum(held) <= cap
