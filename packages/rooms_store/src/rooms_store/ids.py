"""New ids: time-sorted, made by this process alone (decision E4)."""

from __future__ import annotations

from rooms_core.domain.ids import COUNTERS, make_id
from rooms_core.ports.clock import Clock


class TimeSortedIds:
    """Implements `ports.ids.IdSource`. `worker` (0 … 1,023) is this process's own; no two at once have the same.

    Where the clock steps back, or more ids are asked for than a ms has, the last ms is kept and counted on from.
    """

    def __init__(self, clock: Clock, *, worker: int) -> None:
        self._clock = clock
        self._worker = worker
        self._last_ms = -1
        self._counter = 0

    def next_id(self) -> int:
        """A new id, greater than all before it."""
        now_ms = self._clock.now_ms()
        if now_ms > self._last_ms:
            self._last_ms, self._counter = now_ms, 0
        elif self._counter + 1 < COUNTERS:
            self._counter += 1
        else:
            self._last_ms, self._counter = self._last_ms + 1, 0
        return make_id(self._last_ms, worker=self._worker, counter=self._counter)
