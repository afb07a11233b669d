"""Times go into buckets, each counted once and nothing lost."""

from __future__ import annotations

from rooms_cli.loops.times import Buckets


def test_a_time_is_counted_under_the_first_bound_it_keeps() -> None:
    """A bound belongs to its bucket, what is longer than all goes into the last, a negative time is none."""
    buckets = Buckets((10, 100))
    for took_ms in (-5, 10, 11, 100, 101, 9_999):
        buckets.add(took_ms)

    assert [(10, 2), (100, 4), (None, 6)] == buckets.up_to()
    assert 10 + 11 + 100 + 101 + 9_999 == buckets.sum_ms
