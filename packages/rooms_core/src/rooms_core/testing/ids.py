"""Ids that are easy to read in a test: 2, 4, 6, …"""

from __future__ import annotations


class CountingIds:
    """Implements `ports.ids.IdSource`. Ids are even: the odd one after each belongs to its twin (`domain.ids`)."""

    def __init__(self, first: int = 2) -> None:
        if first < 2 or first % 2:
            raise ValueError(f"ids are even and above 0; {first} is not")
        self._next = first

    def next_id(self) -> int:
        """The next even number."""
        made, self._next = self._next, self._next + 2
        return made

    def next_ids(self, count: int) -> range:
        """So many even numbers."""
        made = range(self._next, self._next + 2 * count, 2)
        self._next = made.stop
        return made
