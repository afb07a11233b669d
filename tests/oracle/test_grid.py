"""Which tick comes next, and what is counted when one was missed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_oracle.grid import LATE_MS, Turn, last_closed, next_open, next_turn
from rooms_oracle.heard import TICK_CLOSES_MS, TICK_MS

times = st.integers(0, 10**13)


@pytest.mark.parametrize(
    ("last_ms", "now_ms", "turn"),
    [
        (None, 3_000, Turn(3_000, 0)),
        (None, 3_750, Turn(3_000, 0)),
        (None, 3_751, Turn(6_000, 0)),
        (3_000, 3_400, Turn(6_000, 0)),
        (3_000, 6_750, Turn(6_000, 0)),
        (3_000, 6_751, Turn(9_000, 1)),
        (3_000, 60_200, Turn(60_000, 18)),
        (60_000, 3_000, Turn(63_000, 0)),
    ],
)
def test_the_next_tick_is_the_newest_that_can_be_had(last_ms: int | None, now_ms: int, turn: Turn) -> None:
    """One that was begun 750 ms late still has half of its time; what lies between is skipped and counted."""
    assert turn == next_turn(last_ms, now_ms)


@given(last=st.integers(0, 10**9), now_ms=times)
def test_ticks_never_queue_and_never_repeat(last: int, now_ms: int) -> None:
    """However late it is: one tick is next, on the grid, after the last, and the count fills what is between."""
    last_ms = last * TICK_MS
    tick_ms, skipped = next_turn(last_ms, now_ms)

    assert 0 == tick_ms % TICK_MS
    assert last_ms + TICK_MS * (skipped + 1) == tick_ms
    assert tick_ms >= now_ms - LATE_MS
    assert tick_ms == last_ms + TICK_MS or tick_ms < now_ms - LATE_MS + TICK_MS


@given(now_ms=times)
def test_the_last_closed_tick_is_closed_and_the_next_open_one_has_not_begun(now_ms: int) -> None:
    """Nothing enters the one any more; for the other all feeds have all of their time, in 3 s at most."""
    closed_ms, open_ms = last_closed(now_ms), next_open(now_ms)

    assert closed_ms + TICK_CLOSES_MS <= now_ms < closed_ms + TICK_CLOSES_MS + TICK_MS
    assert now_ms <= open_ms < now_ms + TICK_MS
