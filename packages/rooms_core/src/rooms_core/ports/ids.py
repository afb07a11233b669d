"""New ids, as a port."""

from __future__ import annotations

from typing import Protocol


class IdSource(Protocol):
    """Makes time-sorted ids (`domain.ids`), each once."""

    def next_id(self) -> int:
        """A new id, greater than all before it from the same source."""
        ...
