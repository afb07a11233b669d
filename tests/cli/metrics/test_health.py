"""A process is well while its turns go on and something has a price; a standby is well by waiting."""

from __future__ import annotations

from rooms_cli.loops.counted import TickCounts
from rooms_cli.loops.standing import LoopStanding, Running
from rooms_cli.metrics.health import ACCEPTED_OLDEST_MS, FAILED_ROW, TURN_OLDEST_MS, troubles
from rooms_core.testing.clock import NOON_MS


def running(*, now_ms: int = NOON_MS, accepted_ms: int | None = NOON_MS, **changed: object) -> list[str]:
    """The troubles of a monitor that leads, with one instrument."""
    loop = LoopStanding(role="monitor", leads=True, last_turn_ms=NOON_MS, gauges={"instruments": 1})
    for name, value in changed.items():
        setattr(loop, name, value)
    found = Running(loops=(loop,), ticks=TickCounts(accepted_ms=accepted_ms))
    return troubles(found, since_ms=NOON_MS - 1_000, now_ms=now_ms)


def test_turns_that_go_on_are_well() -> None:
    """Up to the very last moment."""
    assert [] == running()
    assert [] == running(now_ms=NOON_MS + TURN_OLDEST_MS)


def test_a_turn_that_is_long_over_is_trouble() -> None:
    """Whoever leads and does nothing is named."""
    assert ["monitor: the last turn ended 30 s ago"] == running(now_ms=NOON_MS + TURN_OLDEST_MS + 1)


def test_before_the_first_turn_a_process_has_time() -> None:
    """It counts from its beginning, and so does the wait for a first price."""
    assert [] == running(last_turn_ms=None, accepted_ms=None)
    assert 2 == len(running(last_turn_ms=None, accepted_ms=None, now_ms=NOON_MS + ACCEPTED_OLDEST_MS))


def test_a_minute_without_any_price_is_trouble() -> None:
    """Unless there is nothing to be priced."""
    late_ms = NOON_MS + ACCEPTED_OLDEST_MS + 1

    assert ["monitor: no price was accepted for 60 s"] == running(now_ms=late_ms, last_turn_ms=late_ms)
    assert [] == running(now_ms=late_ms, last_turn_ms=late_ms, gauges={"instruments": 0})


def test_a_standby_is_well() -> None:
    """Long after its last turn, with prices that another process accepts."""
    assert [] == running(now_ms=NOON_MS + 3_600_000, leads=False)


def test_failures_in_a_row_are_trouble() -> None:
    """For a standby too: it could not take over."""
    assert [] == running(failed_row=FAILED_ROW - 1)
    assert ["monitor: 5 turns failed in a row"] == running(failed_row=FAILED_ROW, leads=False)
