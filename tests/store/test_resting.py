"""Python's search for cycles rests while rows are moved by the thousand."""

from __future__ import annotations

import gc

from rooms_store.resting import CycleSearch


def test_the_search_goes_on_when_the_last_unit_of_work_has_ended() -> None:
    """Two that overlap let it rest from the first one's beginning to the last one's end."""
    search, seen = CycleSearch(), []

    for step in (search.rest, search.rest, search.go_on, search.go_on, search.rest, search.go_on):
        step()
        seen.append(gc.isenabled())

    assert [False, False, False, True, False, True] == seen


def test_who_has_turned_the_search_off_finds_it_off() -> None:
    """It is not ours to turn on."""
    search = CycleSearch()
    gc.disable()
    try:
        search.rest()
        search.go_on()
        assert not gc.isenabled()
    finally:
        gc.enable()
