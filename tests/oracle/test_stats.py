"""What is remembered of calls."""

from __future__ import annotations

from rooms_oracle.stats import CallLog


def test_times_are_ranked() -> None:
    """p50 and p99 are times that some call took; before the first call there is none."""
    log = CallLog()
    assert log.took_ms(50) is None
    for took_ms in range(1, 101):
        log.answered(1_000, 1_000 + took_ms)

    assert (50, 99, 1, 100) == (log.took_ms(50), log.took_ms(99), log.took_ms(0), log.took_ms(100))
    assert (100, 1_100) == (log.calls, log.last_success_ms)


def test_failures_are_counted_by_kind() -> None:
    """A call that was not made is no call."""
    log = CallLog()
    log.failed("TIMEOUT")
    log.failed("TIMEOUT")
    log.held("MUTED")

    assert {"TIMEOUT": 2, "MUTED": 1} == dict(log.errors)
    assert 2 == log.calls
