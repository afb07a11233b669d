"""Frozen feeds: the same integer for a minute while others move."""

from __future__ import annotations

from collections.abc import Callable

from rooms_oracle.aggregate import Observation
from rooms_oracle.frozen import FrozenWatch
from rooms_oracle.heard import Quote

BASE = 1_000_000


def look(watch: FrozenWatch, tick_ms: int, *prices: int, own_times: bool = False) -> frozenset[str]:
    """One tick of sources a, b, c, … in families of their own."""
    quotes = [
        Quote(name, name, price, 0, 10, tick_ms, tick_ms, tick_ms if own_times else None)
        for name, price in zip("abcd", prices, strict=False)
    ]
    observations = [Observation(seen.source, seen.family, seen.price, 0, 0, 10) for seen in quotes]
    return watch.look(quotes, observations, tick_ms)


def run(prices: Callable[[int], tuple[int, ...]], *, ticks: int = 22, own_times: bool = False) -> list[int]:
    """The ticks at which a was frozen, of ticks 0, 1, 2, …"""
    watch = FrozenWatch()
    return [n for n in range(ticks) if "a" in look(watch, n * 3_000, *prices(n), own_times=own_times)]


def test_a_source_is_frozen_after_a_minute_while_two_families_moved() -> None:
    """Its twenty-first equal answer is the first that is rejected."""
    assert [20, 21] == run(lambda n: (BASE, BASE + 100 * n, BASE - 100 * n))


def test_one_family_that_moves_proves_nothing() -> None:
    """It may be the one that is wrong."""
    assert [] == run(lambda n: (BASE, BASE + 100 * n, BASE))


def test_a_quiet_market_freezes_nobody() -> None:
    """Movements under 1,000 ppm are what an honest source may miss."""
    assert [] == run(lambda n: (BASE, BASE + 40 * n, BASE - 40 * n))


def test_going_there_and_back_is_movement() -> None:
    """What counts is the range since the source stood still, not where the others are now."""
    assert [20, 21] == run(lambda n: (BASE, BASE + 2_000 * (n == 1), BASE + 2_000 * (n == 2)))


def test_own_timestamps_are_believed() -> None:
    """A source that says when it traded last is judged by its age instead."""
    assert [] == run(lambda n: (BASE, BASE + 100 * n, BASE - 100 * n), own_times=True)


def test_it_is_frozen_until_its_value_changes() -> None:
    """Also when the others come to rest; and a zero from somebody else is no movement."""
    assert list(range(20, 25)) == run(
        lambda n: (BASE + (n == 25), BASE + 100 * min(n, 20), BASE - 100 * min(n, 20), 0), ticks=27
    )


def test_sources_of_one_family_do_not_freeze_one_another() -> None:
    """They are one opinion: the first of them speaks for the family."""
    watch = FrozenWatch()
    found = []
    for n in range(22):
        tick_ms = n * 3_000
        quotes = [Quote("a", "a", BASE, 0, 10, tick_ms, tick_ms)]
        others = [("a2", "a"), ("b1", "b"), ("b2", "b")]
        observations = [Observation(name, family, BASE + 500 * n, 0, 0, 10) for name, family in others]
        found.append(watch.look(quotes, observations, tick_ms))

    assert {frozenset()} == set(found)
