"""The grid of ticks: which one comes next, and which were missed. No clock of its own.

Ticks lie on multiples of 3 s since the Unix epoch, on all machines the same (decision R5). A tick g is evaluated once
all feeds have answered, at g + 1.5 s at the latest. Whoever comes too late goes on with the newest tick that can still
be had: ticks are skipped and counted, never queued.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rooms_oracle.heard import TICK_CLOSES_MS, TICK_MS

LATE_MS: Final = TICK_CLOSES_MS // 2
"""So long after its time a tick can be begun with: half of the time for the feeds' answers is left then."""


class Turn(NamedTuple):
    """The tick to be evaluated next, and how many there were since the last one that nobody evaluated."""

    tick_ms: int
    skipped: int


def last_closed(now_ms: int) -> int:
    """The newest tick that nothing can enter any more."""
    return (now_ms - TICK_CLOSES_MS) // TICK_MS * TICK_MS


def next_open(now_ms: int) -> int:
    """The first tick at or after a time: the one for which every feed can be asked with all of its time."""
    return -(-now_ms // TICK_MS) * TICK_MS


def next_turn(last_ms: int | None, now_ms: int) -> Turn:
    """The tick to be evaluated after `last_ms` (None: there was none), as seen at `now_ms`; it may lie ahead.

    A clock that was set back changes nothing: no tick is evaluated twice.
    """
    tick_ms = next_open(now_ms - LATE_MS)
    if last_ms is None:
        return Turn(tick_ms, 0)
    tick_ms = max(tick_ms, last_ms + TICK_MS)
    return Turn(tick_ms, (tick_ms - last_ms) // TICK_MS - 1)
