"""New ids: time-sorted, made by this process alone (decision E4)."""

from __future__ import annotations

from rooms_core.domain.ids import COUNTERS, make_id
from rooms_core.ports.clock import Clock
from rooms_core.ports.ids import NoIds


class TimeSortedIds:
    """Implements `ports.ids.IdSource`. `worker` (0 … 1,023) is this process's own; no two at once have the same.

    Where the clock steps back, or more ids are asked for than a ms has, the last ms is kept and counted on from.
    """

    def __init__(self, clock: Clock, *, worker: int = 0) -> None:
        self._clock = clock
        self._last_ms = -1
        self._counter = 0
        self._worker = worker
        self._since_ms = self._ahead_ms = 0
        self._until_ms: int | None = None

    @property
    def worker(self) -> int:
        """The number that marks the ids."""
        return self._worker

    @property
    def end_ms(self) -> int:
        """The first ms of which no id has been made, nor of any later one."""
        return max(self._last_ms, self._since_ms - 1) + 1

    @property
    def over(self) -> bool:
        """Whether the clock has left the time for which the number is ours."""
        return self._until_ms is not None and self._clock.now_ms() + self._ahead_ms >= self._until_ms

    def confine(self, *, worker: int, since_ms: int, until_ms: int, ahead_ms: int = 0) -> None:
        """From now on make ids with this number, for moments from `since_ms` up to before `until_ms` only.

        `ahead_ms`: so much the clock by which these are told is ahead of ours.
        """
        if self._last_ms >= 0 and worker != self._worker:
            self._counter = COUNTERS - 1  # or an id of the same ms could be smaller than the last one
        self._worker, self._since_ms, self._until_ms, self._ahead_ms = worker, since_ms, until_ms, ahead_ms

    def next_id(self) -> int:
        """A new id, greater than all before it. Raises `NoIds` for a moment outside of the number's lease."""
        at_ms = max(self._clock.now_ms() + self._ahead_ms, self._since_ms)
        if at_ms > self._last_ms:
            counter = 0
        elif self._counter + 1 < COUNTERS:
            at_ms, counter = self._last_ms, self._counter + 1
        else:
            at_ms, counter = self._last_ms + 1, 0
        if self._until_ms is not None and at_ms >= self._until_ms:
            raise NoIds(
                f"number {self._worker} is ours until {self._until_ms}, no id can be made for {at_ms}"
            )
        made = make_id(at_ms, worker=self._worker, counter=counter)
        self._last_ms, self._counter = at_ms, counter
        return made

    def next_ids(self, count: int) -> list[int]:
        """So many new ids: after the first of each ms those that follow differ only in their counter."""
        made: list[int] = []
        while len(made) < count:
            first = self.next_id()
            more = min(count - len(made), COUNTERS - self._counter)
            made += range(first, first + 2 * more, 2)
            self._counter += more - 1
        return made
