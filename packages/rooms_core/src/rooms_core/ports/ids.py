"""New ids, as a port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class NoIds(Exception):
    """No id can be made that is surely this process's own. Nothing was written; the next unit of work heals it."""


class IdSource(Protocol):
    """Makes time-sorted ids (`domain.ids`), each once."""

    def next_id(self) -> int:
        """A new id, greater than all before it from the same source.

        Raises `NoIds` in a process that has slept longer than its worker number's lease; a unit of work that meets
        it fails as `StoreFailed`.
        """
        ...

    def next_ids(self, count: int) -> Sequence[int]:
        """So many new ids, each greater than the one before it: `next_id` for those who need thousands."""
        ...
