"""Whether a feed may be asked: what each kind of failure does."""

from __future__ import annotations

import pytest

from rooms_core.testing.rng import SeededRng
from rooms_oracle.breaker import BreakerState
from rooms_oracle.failures import (
    FeedFailure,
    Held,
    HttpStatus,
    Malformed,
    SwitchedOff,
    Throttled,
    Timeout,
    Unreachable,
    VendorError,
)
from rooms_oracle.guard import MUTED_MS, Guard


def test_a_fresh_feed_may_be_asked() -> None:
    """Nothing is held against it."""
    guard = Guard(SeededRng())

    assert (None, None) == (guard.turn(0), guard.call(0))
    assert BreakerState.CLOSED is guard.breaker(0)


def test_a_feed_that_does_not_serve_us_is_off_for_good() -> None:
    """401, 403 and 451 are not healed by time."""
    guard = Guard(SeededRng())
    guard.failed(SwitchedOff(451), 0)

    assert (Held.OFF, Held.OFF) == (guard.turn(10**9), guard.call(10**9))
    assert SwitchedOff(451) == guard.off


def test_a_feed_that_wishes_so_is_muted_and_not_blamed() -> None:
    """As long as it says, else a minute; the breaker does not count it, and a shorter wish shortens nothing."""
    guard = Guard(SeededRng())
    for _ in range(30):
        guard.failed(Throttled(7_000), 0)
    guard.failed(Throttled(1_000), 0)

    assert (Held.MUTED, Held.MUTED, None) == (guard.turn(6_999), guard.call(6_999), guard.turn(7_000))
    assert BreakerState.CLOSED is guard.breaker(0)
    guard.failed(Throttled(), 10_000)
    assert (Held.MUTED, None) == (guard.turn(9_999 + MUTED_MS), guard.turn(10_000 + MUTED_MS))


@pytest.mark.parametrize(
    "why",
    [Timeout(), Unreachable("x"), HttpStatus(500), Malformed("x"), VendorError("1", "x")],
    ids=lambda why: type(why).__name__,
)
def test_every_other_failure_counts(why: FeedFailure) -> None:
    """The calls of the same tick go on, the next tick may wait, and the fifth in a row opens the breaker."""
    guard = Guard(SeededRng(3))
    guard.failed(why, 0)
    assert (Held.BACKING_OFF, None) == (guard.turn(0), guard.call(0))
    guard.succeeded()
    assert guard.turn(0) is None
    for _ in range(5):
        guard.failed(why, 0)

    assert Held.BREAKER_OPEN is guard.call(0)


def test_a_try_we_gave_up_lets_another_try() -> None:
    """Half-open, one call is let through; if we cancel it, the next one is."""
    guard = Guard(SeededRng())
    for _ in range(5):
        guard.failed(Timeout(), 0)
    assert guard.call(30_000) is None
    assert Held.BREAKER_OPEN is guard.call(30_000)
    guard.spared()

    assert guard.call(30_000) is None
