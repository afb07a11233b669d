"""Python's search for cycles rests while rows are moved by the thousand.

A settlement makes and drops millions of objects, none of them in a cycle, and every few hundred of them would have
all that lives looked through again: more than a third of the time of a large room. Counting references goes on, so
memory is given back as ever; what others leave in cycles meanwhile is found afterwards.
"""

from __future__ import annotations

import gc
from typing import Final

import attrs


@attrs.define
class CycleSearch:
    """The search of this process, and how many units of work want it to rest; the last one wakes it."""

    _resting: int = 0
    _was_on: bool = False

    def rest(self) -> None:
        """Let it rest until `go_on` is called as often."""
        if not self._resting:
            self._was_on = gc.isenabled()
            gc.disable()
        self._resting += 1

    def go_on(self) -> None:
        """One unit of work less."""
        self._resting -= 1
        if not self._resting and self._was_on:
            gc.enable()


CYCLE_SEARCH: Final = CycleSearch()
"""There is one in a process."""
