"""What the tests of the loops share: a place where processes meet."""

from __future__ import annotations

import pytest
from tests.cli.loops.virtual import Place, Told

from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore


@pytest.fixture
def place() -> Place:
    """At noon, with nothing in the books."""
    clock = ManualClock()
    return Place(clock, MemoryStore(clock))


@pytest.fixture
def told(place: Place) -> Told:
    """What its processes tell."""
    return place.told
