"""The settle price: the lower median of the last minute's accepted ticks."""

from __future__ import annotations

import pytest

from rooms_oracle.heard import Candle
from rooms_oracle.settle_price import closes, lower_median, settle_price

T = 600_000


def accepted(*seconds: int) -> list[tuple[int, int]]:
    """Accepted ticks so many seconds before T; the price is the second."""
    return [(T - second * 1_000, second) for second in seconds]


ALL = tuple(range(0, 60, 3))


def test_it_is_the_lower_median_of_twenty_ticks() -> None:
    """T belongs to them, T − 60 s does not, and what comes later neither."""
    assert 27 == settle_price(accepted(60, *ALL, -3), T)


@pytest.mark.parametrize(
    "missing, found",
    [
        (ALL[1::5] + ALL[2::5], True),  # 12 are left
        (ALL[1::5] + ALL[2::5] + (0,), False),  # 11
        (ALL[4:8], True),  # 12 s and 24 s: 15 s without a price is allowed up to here
        (ALL[4:9], False),  # 18 s
        (ALL[:6], False),  # the gap reaches up to T
        (ALL[-5:], False),  # the gap begins with the minute
        (ALL[:5], True),
    ],
)
def test_twelve_accepted_and_no_gap_over_fifteen_seconds(missing: tuple[int, ...], found: bool) -> None:
    """Otherwise there is none."""
    price = settle_price(accepted(*[second for second in ALL if second not in missing]), T)

    assert found == (price is not None)


@pytest.mark.parametrize("values, median", [([1], 1), ([2, 1], 1), ([3, 1, 2], 2), ([4, 1, 3, 2], 2)])
def test_of_two_middle_values_the_smaller_counts(values: list[int], median: int) -> None:
    """Nobody sent the mean of two."""
    assert median == lower_median(values)


def test_a_backfill_uses_closes_as_of_the_settle_time() -> None:
    """They have age 0 and no uncertainty."""
    (close,) = closes([Candle("s", "f", 10, T - 60_000, 1, 4, 1, 3, "USDT")], T)

    assert ("s", "f", 3, 0, 10, T, "USDT") == (*close[:6], close.quote)
