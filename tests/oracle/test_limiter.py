"""The token bucket keeps to 80 % of what a vendor allows, in each of the two ways in which vendors count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_oracle.limiter import Limit, TokenBucket

BINANCE = Limit(units=6_000, per_ms=60_000, burst=2_000)
COINBASE = Limit(units=10, per_ms=1_000, burst=15, counts_windows=False)

windowed = st.builds(
    lambda burst, more, per_ms: Limit(units=2 * burst + more, per_ms=per_ms, burst=burst),
    st.integers(2, 500),
    st.integers(2, 500),
    st.integers(1, 60_000),
)
asked = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 40)), max_size=200)


def taken(limit: Limit, calls: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(time, units) of what a bucket granted, asked for `units` some ms after each other."""
    bucket, now_ms, log = TokenBucket(limit, 0), 0, []
    for later_ms, units in calls:
        now_ms += later_ms
        if bucket.take(units, now_ms):
            log.append((now_ms, units))
    return log


@given(windowed, asked)
def test_no_window_holds_more_than_80_per_cent(limit: Limit, calls: list[tuple[int, int]]) -> None:
    """Wherever a window begins, what was granted in it stays within 80 % of the limit."""
    log = taken(limit, calls)

    for start_ms, _ in log:
        inside = sum([units for at_ms, units in log if start_ms <= at_ms < start_ms + limit.per_ms])
        assert 100 * inside <= 80 * limit.units


@given(st.integers(2, 100), st.integers(2, 100), st.integers(1, 5_000), asked)
def test_a_vendors_own_bucket_never_runs_out(
    units: int, burst: int, per_ms: int, calls: list[tuple[int, int]]
) -> None:
    """What we grant ourselves, a bucket of the vendor's full size and flow grants too."""
    ours = Limit(units=units, per_ms=per_ms, burst=burst, counts_windows=False)
    level, last_ms = burst * per_ms, 0
    for at_ms, spent in taken(ours, calls):
        level = min(burst * per_ms, level + (at_ms - last_ms) * units) - spent * per_ms
        last_ms = at_ms
        assert level >= 0


@given(windowed, asked, st.integers(1, 400))
def test_whoever_waits_as_told_is_served(limit: Limit, calls: list[tuple[int, int]], units: int) -> None:
    """The wait is long enough, and a ms less is not."""
    bucket, now_ms = TokenBucket(limit, 0), 0
    for later_ms, each in calls:
        now_ms += later_ms
        bucket.take(each, now_ms)
    wait_ms = bucket.wait_ms(units, now_ms)

    if wait_ms is None:
        assert units > limit.size
    else:
        assert wait_ms == 0 or not bucket.take(units, now_ms + wait_ms - 1)
        assert bucket.take(units, now_ms + wait_ms)


def test_coinbase_serves_24_products_within_a_tick() -> None:
    """12 at once and 8 a second: 24 in the 1.5 s of a tick, tick after tick."""
    bucket = TokenBucket(COINBASE, 0)
    for tick_ms in range(0, 30_000, 3_000):
        now_ms = tick_ms
        for _ in range(24):
            wait_ms = bucket.wait_ms(1, now_ms)
            assert wait_ms is not None
            now_ms += wait_ms
            assert bucket.take(1, now_ms)
        assert now_ms - tick_ms <= 1_500


def test_the_vendors_count_corrects_ours_downward_only() -> None:
    """Others at our address use up the same limit; a count below ours gives nothing back."""
    bucket = TokenBucket(BINANCE, 0)
    bucket.correct(4_000, 0)
    assert 800 == bucket.left(0)
    bucket.correct(10, 0)
    assert 800 == bucket.left(0)
    bucket.correct(6_000, 0)
    assert 0 == bucket.left(0)
    assert not bucket.take(1, 0)
    assert 0 < (bucket.wait_ms(4, 0) or 0) <= 30_000


def test_a_clock_set_back_gives_nothing() -> None:
    """Nor does it take anything."""
    bucket = TokenBucket(COINBASE, 10_000)
    assert bucket.take(12, 10_000)

    assert 0 == bucket.left(9_000)
    assert 8 == bucket.left(11_000)


@pytest.mark.parametrize(
    "units, burst, per_ms", [(10, 1, 1_000), (5, 5, 1_000), (10, 5, 0), (1, 1, 1_000)], ids=str
)
def test_a_limit_under_which_nothing_could_be_asked_is_refused(units: int, burst: int, per_ms: int) -> None:
    """80 % of one call is no call."""
    with pytest.raises(ValueError, match="nothing could ever be asked"):
        Limit(units=units, per_ms=per_ms, burst=burst)
