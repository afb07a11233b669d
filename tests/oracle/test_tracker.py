"""What an instrument's tracker keeps, and for how long; what it finds is tried through the oracle."""

from __future__ import annotations

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_core.testing.clock import NOON_MS
from rooms_oracle.gaps import Gap, JudgedMinute
from rooms_oracle.heard import MINUTE_MS
from rooms_oracle.testing.table_feeds import TableFeeds
from rooms_oracle.tracker import MINUTES_KEPT_MS, Tracker

COIN = "SOL/USD"
FAR = 10**15


def a_tracker(*, since_ms: int) -> Tracker:
    """With one room that is OPEN since then."""
    feeds = TableFeeds()
    feeds.add(COIN)
    tracker = Tracker(feeds.known[COIN])
    room = WatchedRoom(
        room=RoomId(1_000),
        instrument=COIN,
        direction=Direction.UP,
        target=FAR,
        since_ms=since_ms,
        settle_at_ms=NOON_MS + 30 * MINUTES_KEPT_MS,
    )
    tracker.watch.add(room)
    return tracker


def judge(tracker: Tracker, *, minutes: int) -> list[int]:
    """Audit a silence of so many minutes; which minutes from noon are remembered."""
    gap = Gap(NOON_MS, NOON_MS + minutes * MINUTE_MS)
    for number in range(minutes):
        tracker.judge_gap(
            gap, JudgedMinute(NOON_MS + number * MINUTE_MS, NOON_MS, 1, 1, f"sha256:{number:064x}")
        )
    return [(judged.minute_ms - NOON_MS) // MINUTE_MS for judged in tracker.minutes]


def test_judged_minutes_are_kept_as_long_as_a_room_needs_them() -> None:
    """A room that was open through all of them may still be answered by the first."""
    assert list(range(100)) == judge(a_tracker(since_ms=NOON_MS), minutes=100)


def test_minutes_before_every_room_are_forgotten_after_an_hour() -> None:
    """A day with silences fills no memory: what proves nothing for anybody goes."""
    assert list(range(39, 100)) == judge(a_tracker(since_ms=NOON_MS + 99 * MINUTE_MS), minutes=100)
