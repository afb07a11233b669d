"""Whether a process is well: its turns go on, and while it leads the monitor, prices are accepted."""

from __future__ import annotations

from typing import Final

from rooms_cli.loops.settings import MONITOR
from rooms_cli.loops.standing import LoopStanding, Running

TURN_OLDEST_MS: Final = 30_000
"""Every loop that leads takes a turn each three seconds at least; a settlement of a million bets takes twenty."""
ACCEPTED_OLDEST_MS: Final = 60_000
"""Something has a price within a minute, or a person should look."""
FAILED_ROW: Final = 5
"""So many failures in a row are no accident."""


def troubles(running: Running, *, since_ms: int, now_ms: int) -> list[str]:
    """What is wrong, in words; nothing is well. `since_ms` is when the process began (ms).

    A standby that waits for its role is well, and so is a monitor without a room to watch.
    """
    return [why for loop in running.loops for why in _of_loop(loop, running, since_ms, now_ms)]


def _of_loop(loop: LoopStanding, running: Running, since_ms: int, now_ms: int) -> list[str]:
    found = []
    if loop.failed_row >= FAILED_ROW:
        found.append(f"{loop.role}: {loop.failed_row} turns failed in a row")
    turned_ms = since_ms if loop.last_turn_ms is None else max(since_ms, loop.last_turn_ms)
    if loop.leads and now_ms - turned_ms > TURN_OLDEST_MS:
        found.append(f"{loop.role}: the last turn ended {(now_ms - turned_ms) // 1_000} s ago")
    if loop.role == MONITOR and loop.leads and loop.gauges.get("instruments"):
        accepted_ms = max(since_ms, running.ticks.accepted_ms or 0)
        if now_ms - accepted_ms > ACCEPTED_OLDEST_MS:
            found.append(f"{loop.role}: no price was accepted for {(now_ms - accepted_ms) // 1_000} s")
    return found
