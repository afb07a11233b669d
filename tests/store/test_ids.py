"""Time-sorted ids."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import COUNTERS, id_made_ms
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_store.ids import TimeSortedIds


def test_ids_rise_while_the_clock_stands_moves_and_steps_back(clock: ManualClock) -> None:
    """A new id is greater than all before it, whatever the clock does."""
    ids = TimeSortedIds(clock, worker=3)

    made = [ids.next_id(), ids.next_id()]
    clock.advance(5)
    made.append(ids.next_id())
    clock.advance(-60_000)
    made += [ids.next_id(), ids.next_id()]

    assert sorted(set(made)) == made
    assert [NOON_MS, NOON_MS, NOON_MS + 5, NOON_MS + 5, NOON_MS + 5] == [id_made_ms(each) for each in made]


def test_a_ms_that_is_used_up_is_counted_on_from(clock: ManualClock) -> None:
    """More ids than one ms has take the next ms."""
    ids = TimeSortedIds(clock, worker=3)

    made = [ids.next_id() for _ in range(2 * COUNTERS + 1)]

    assert sorted(set(made)) == made
    assert NOON_MS + 2 == id_made_ms(made[-1])


@pytest.mark.parametrize("count", [0, 1, 7, COUNTERS, 2 * COUNTERS + 3])
def test_many_ids_at_once_are_those_made_one_by_one(clock: ManualClock, count: int) -> None:
    """They differ in nothing, whatever was made before and whatever follows."""
    at_once, singly = TimeSortedIds(clock, worker=3), TimeSortedIds(clock, worker=3)
    before = [at_once.next_id() == singly.next_id() for _ in range(5)]

    made = at_once.next_ids(count)

    assert [singly.next_id() for _ in range(count)] == made
    assert at_once.next_id() == singly.next_id()
    assert all(before)


def test_workers_never_make_the_same_id(clock: ManualClock) -> None:
    """Two processes at the same ms differ by their worker number; every id leaves room for its twin."""
    made = [TimeSortedIds(clock, worker=worker).next_id() for worker in (0, 1, 1_023)]

    assert 3 == len(set(made))
    assert not any(each & 1 for each in made)
    with pytest.raises(ValueError, match="worker 1024"):
        TimeSortedIds(clock, worker=1_024).next_id()
