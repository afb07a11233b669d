"""When a stream is compared with what is polled, and what follows."""

from __future__ import annotations

from rooms_oracle.streams.trust import COMPARED_EVERY_MS, Trust


def trusted() -> Trust:
    """A stream that agreed at time 0, at a price of 1,000,000."""
    trust = Trust()
    assert trust.due("X", 1_000_000, 0)
    assert trust.compared("X", 1_000_000, 1_003_000, 0)
    return trust


def test_a_first_price_is_compared_and_then_taken_for_a_minute() -> None:
    """By symbol."""
    trust = trusted()

    assert not trust.due("X", 1_000_000, COMPARED_EVERY_MS - 1)
    assert trust.due("X", 1_000_000, COMPARED_EVERY_MS)
    assert trust.due("Y", 1_000_000, 1)


def test_a_jump_is_compared_and_a_walk_is_not() -> None:
    """More than one per cent between two prices that were taken."""
    trust = trusted()

    assert not trust.due("X", 1_010_000, 1)
    assert not trust.due("X", 1_020_000, 2)
    assert trust.due("X", 1_030_201, 3)
    assert trust.due("X", 1_009_799, 3)


def test_what_differs_is_compared_until_it_agrees() -> None:
    """More than 3,000 ppm of what is polled, to either side."""
    trust = trusted()

    assert not trust.compared("X", 1_003_001, 1_000_000, 1)
    assert trust.differs("X")
    assert trust.due("X", 1_003_001, 2)
    assert not trust.compared("X", 996_999, 1_000_000, 2)
    assert trust.compared("X", 997_000, 1_000_000, 3)
    assert not trust.differs("X")
    assert not trust.due("X", 997_000, 4)


def test_a_clock_that_is_set_back_leads_to_a_comparison() -> None:
    """And a symbol that nobody compared yet does not differ."""
    assert trusted().due("X", 1_000_000, -1)
    assert not Trust().differs("X")
