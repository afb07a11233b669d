"""How far the price moved lately."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_oracle.window import POOL_SPAN_MS, SPAN_MS, RangeWindow


def moved(prices: list[tuple[int, int]], *, span_ms: int = SPAN_MS) -> int:
    """The last answer for prices at these seconds."""
    window = RangeWindow(span_ms)
    return [window.add(second * 1_000, price) for second, price in prices][-1]


@pytest.mark.parametrize(
    "prices, ppm",
    [
        ([(0, 1_000)], 0),
        ([(0, 1_000), (15, 1_010)], 10_000),  # both ends of 15 s belong to it
        ([(0, 1_000), (18, 1_010)], 0),
        ([(0, 1_010), (3, 1_000)], 10_000),  # falling is moving
        ([(0, 3), (3, 4)], 333_334),  # rounded up
        ([(0, 1_000), (3, 1_010), (300, 1_010)], 10_000),
        ([(0, 1_000), (3, 1_010), (303, 1_010)], 0),  # five minutes later it is forgotten
    ],
)
def test_it_is_the_widest_move_of_fifteen_seconds_in_five_minutes(
    prices: list[tuple[int, int]], ppm: int
) -> None:
    """(max − min) / min, in ppm."""
    assert ppm == moved(prices)


def test_a_pool_is_looked_at_over_thirty_seconds() -> None:
    """Its room refuses bets earlier."""
    assert 10_000 == moved([(0, 1_000), (30, 1_010)], span_ms=POOL_SPAN_MS)


def test_what_was_known_before_a_restart_is_kept_for_its_time() -> None:
    """A restart does not make the market calm."""
    window = RangeWindow()
    window.resume(0, 700)

    assert [700, 700, 0] == [window.add(second * 1_000, 50) for second in (3, 297, 300)]


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(100, 120)), min_size=1, max_size=150))
def test_it_agrees_with_looking_at_everything(steps: list[tuple[int, int]]) -> None:
    """The quick answer is the slow one: over all spans that end in the last five minutes."""
    window = RangeWindow()
    seen: list[tuple[int, int]] = []
    now = 0
    for after, price in steps:
        now += after * 3_000
        seen.append((now, price))
        spans = [
            [value for at, value in seen if end - SPAN_MS <= at <= end]
            for end, _ in seen
            if end > now - 300_000
        ]
        widest = max(-((min(span) - max(span)) * 1_000_000 // min(span)) for span in spans)

        assert widest == window.add(now, price)
