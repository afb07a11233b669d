"""Tables that remember the way back: what a unit of work wrote is undone in the opposite order, or kept.

The cost of undoing is that of the writes, whatever the store already holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Crashed(BaseException):
    """The process died here, as far as the test is concerned. Nothing that catches errors catches it."""


class Changes:
    """The writes of the unit of work in progress, each with its way back."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self.crash_after: int | None = None

    @property
    def count(self) -> int:
        """How many writes there are."""
        return len(self._undo)

    def record(self, undo: Callable[[], None]) -> None:
        """Remember how to undo the write that comes next. Raises `Crashed` where the process is to die before it."""
        if self.crash_after is not None and self.count >= self.crash_after:
            raise Crashed
        self._undo.append(undo)

    def keep(self) -> int:
        """The writes stand; answers how many there were."""
        written = self.count
        self._undo.clear()
        return written

    def undo(self) -> None:
        """The writes never were."""
        while self._undo:
            self._undo.pop()()


class Table(Mapping[K, V]):
    """Rows by key."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._rows: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        return self._rows[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, key: K, row: V) -> None:
        """Write a row, new or instead of the one that is there."""
        rows = self._rows
        if key in rows:
            before = rows[key]
            self._changes.record(lambda: rows.update({key: before}))
        else:
            self._changes.record(lambda: rows.__delitem__(key))
        rows[key] = row

    def drop(self, key: K) -> None:
        """Take a row away."""
        rows, before = self._rows, self._rows[key]
        self._changes.record(lambda: rows.update({key: before}))
        del rows[key]


class Lists(Generic[K, V]):
    """Append-only lists by key."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._lists: dict[K, list[V]] = {}

    def __getitem__(self, key: K) -> Sequence[V]:
        return self._lists.get(key, ())

    def append(self, key: K, row: V) -> None:
        """Put one more row at the end of a list."""
        rows = self._lists.setdefault(key, [])
        self._changes.record(lambda: rows.__delitem__(-1))
        rows.append(row)
