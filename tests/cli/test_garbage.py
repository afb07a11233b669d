"""Garbage: what stands is not looked at again, what comes is."""

from __future__ import annotations

import gc
import weakref

from rooms_cli.garbage import keep_what_stands


class Knot:
    """An object that holds itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_stands_is_kept_and_what_comes_is_collected() -> None:
    """Objects made before are out of the collector's sight; those made afterwards are freed as ever."""
    try:
        before = gc.get_freeze_count()
        keep_what_stands()
        kept = gc.get_freeze_count()
        knot = Knot()
        gone = weakref.ref(knot)
        del knot
        gc.collect()
    finally:
        gc.unfreeze()

    assert kept > before
    assert gone() is None
