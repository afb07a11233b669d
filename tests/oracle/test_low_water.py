"""The lowest a pool has been since any time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms_oracle.low_water import DAY_MS, LowWater


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.integers(0, 29))
def test_it_is_the_least_value_since_then(values: list[int], since: int) -> None:
    """As a scan would find it; a time after all values has the last one."""
    water = LowWater()
    for at, value in enumerate(values):
        water.add(at, value)

    assert min(values[min(since, len(values) - 1) :]) == water.least_since(since)


def test_nothing_was_seen_yet() -> None:
    """Then nobody knows."""
    assert LowWater().least_since(0) is None


def test_it_forgets_what_is_older_than_any_room() -> None:
    """Memory does not grow with the days."""
    water = LowWater()
    water.add(0, 1)
    water.add(DAY_MS + 1, 2)

    assert 2 == water.least_since(0)
