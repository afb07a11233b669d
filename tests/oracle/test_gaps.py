"""Silences and what is owed for them."""

from __future__ import annotations

import pytest

from rooms_core.domain.market import Direction
from rooms_oracle.gaps import RETRY_MS, Gap, JudgedMinute


def test_a_gap_owes_every_minute_it_touches() -> None:
    """From the minute of the last accepted tick to that of the first one after it."""
    gap = Gap(from_ms=59_000, to_ms=121_000)
    owed = []
    while not gap.audited:
        owed.append(gap.next_minute_ms)
        gap.judged()

    assert [0, 60_000, 120_000] == owed


def test_a_gap_that_lasts_is_never_audited() -> None:
    """There will be more of it."""
    gap = Gap(from_ms=0)
    for _ in range(5):
        gap.judged()

    assert not gap.audited


@pytest.mark.parametrize("now_ms, readable", [(69_999, False), (70_000, True)])
def test_a_minute_can_be_read_ten_seconds_after_its_end(now_ms: int, readable: bool) -> None:
    """Venues need a moment to close a candle."""
    assert readable == Gap(from_ms=3_000).readable(now_ms)


def test_a_candle_that_could_not_be_had_is_asked_for_again_later() -> None:
    """Not on every tick."""
    gap = Gap(from_ms=0)
    gap.postpone(70_000)

    assert not gap.readable(70_000 + RETRY_MS - 1)
    assert gap.readable(70_000 + RETRY_MS)


def test_a_minute_is_owed_once_its_rooms_are_known() -> None:
    """A room that opened with the minute is watched within two ticks; after the audit nothing is owed."""
    gap = Gap(from_ms=60_000, to_ms=69_000)

    assert [False, True] == [gap.begun(65_999), gap.begun(66_000)]
    gap.judged()
    assert not gap.begun(10**9)


@pytest.mark.parametrize(
    "target, up, down", [(90, True, False), (95, True, True), (110, True, True), (111, False, True)]
)
def test_a_judged_minute_tells_what_it_reached(target: int, up: bool, down: bool) -> None:
    """Equality counts."""
    judged = JudgedMinute(60_000, 0, 110, 95, "sha256:…")

    assert (up, down) == (judged.reaches(Direction.UP, target), judged.reaches(Direction.DOWN, target))
    assert (110, 95, 120_000) == (judged.edge(Direction.UP), judged.edge(Direction.DOWN), judged.end_ms)
