"""A breaker opens on failures, lets one call try, and never lets two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms_core.testing.rng import SeededRng
from rooms_oracle.breaker import FIRST_MS, LONGEST_MS, Breaker, BreakerState


def opened(at_ms: int = 0) -> Breaker:
    """A breaker that has just opened."""
    breaker = Breaker(SeededRng())
    for _ in range(5):
        assert breaker.allows(at_ms)
        breaker.failed(at_ms)
    return breaker


def reopens_at(breaker: Breaker, from_ms: int) -> int:
    """When an open breaker lets the next call through."""
    return next(
        at_ms
        for at_ms in range(from_ms, from_ms + 400_000, 50)
        if breaker.state(at_ms) is not BreakerState.OPEN
    )


def test_it_opens_on_five_failures_in_a_row() -> None:
    """Four are bad luck."""
    breaker = Breaker(SeededRng())
    for _ in range(4):
        breaker.failed(0)
    breaker.succeeded()
    for _ in range(4):
        breaker.failed(0)

    assert BreakerState.CLOSED is breaker.state(0)
    breaker.failed(0)
    assert BreakerState.OPEN is breaker.state(0)
    assert not breaker.allows(0)


def test_it_opens_when_half_of_the_last_twenty_failed() -> None:
    """A feed that fails every other time is no feed."""
    breaker = Breaker(SeededRng())
    for _ in range(9):
        breaker.failed(0)
        breaker.succeeded()

    assert breaker.allows(0)
    breaker.failed(0)
    assert BreakerState.OPEN is breaker.state(0)


def test_it_stays_open_for_fifteen_seconds_give_or_take() -> None:
    """±20 %, so that not all come back at once."""
    assert 12_000 <= reopens_at(opened(), 0) <= 18_050


def test_half_open_it_lets_one_call_through() -> None:
    """The second caller waits for what the first one finds."""
    breaker = opened()
    at_ms = reopens_at(breaker, 0)

    assert [True, False, False] == [breaker.allows(at_ms) for _ in range(3)]
    breaker.succeeded()
    assert BreakerState.CLOSED is breaker.state(at_ms)
    assert all(breaker.allows(at_ms) for _ in range(3))


def test_a_failed_try_doubles_the_pause_up_to_five_minutes() -> None:
    """15 s, 30 s, 60 s, …, 300 s; a success starts over."""
    breaker, at_ms, pauses = opened(), 0, []
    for _ in range(6):
        again_ms = reopens_at(breaker, at_ms)
        pauses.append(again_ms - at_ms)
        at_ms = again_ms
        assert breaker.allows(at_ms)
        breaker.failed(at_ms)

    for pause, wanted in zip(pauses, [15_000, 30_000, 60_000, 120_000, 240_000, 300_000], strict=True):
        assert wanted * 8 // 10 <= pause <= wanted * 12 // 10 + 50


def test_a_try_that_was_given_up_lets_another_try() -> None:
    """A cancelled call says nothing about the feed."""
    breaker = opened()
    at_ms = reopens_at(breaker, 0)
    assert breaker.allows(at_ms)
    breaker.spared()

    assert breaker.allows(at_ms)


def test_calls_under_way_when_it_opened_change_nothing() -> None:
    """A late success of another call does not close it, a late failure does not lengthen it."""
    breaker = opened()
    breaker.succeeded()
    breaker.failed(0)

    assert BreakerState.OPEN is breaker.state(0)
    assert reopens_at(breaker, 0) == reopens_at(opened(), 0)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20_000)), max_size=120), st.integers(0, 2**32))
def test_it_is_never_open_for_longer_than_six_minutes(calls: list[tuple[bool, int]], seed: int) -> None:
    """Whatever happens, a feed is tried again after 300 s and 20 % at most, and after 12 s at the soonest."""
    breaker, at_ms = Breaker(SeededRng(seed)), 0
    opened_ms: int | None = None
    for fine, later_ms in calls:
        at_ms += later_ms
        if breaker.allows(at_ms):
            if opened_ms is not None:
                assert at_ms - opened_ms >= FIRST_MS * 8 // 10
            if fine:
                breaker.succeeded()
            else:
                breaker.failed(at_ms)
            opened_ms = at_ms if breaker.state(at_ms) is BreakerState.OPEN else None
    longest_ms = LONGEST_MS * 12 // 10

    assert breaker.state(at_ms + longest_ms) is not BreakerState.OPEN
