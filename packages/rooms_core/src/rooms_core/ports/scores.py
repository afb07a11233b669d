"""The scores inside one unit of work: how ended rooms are counted, each exactly once."""

from __future__ import annotations

from typing import Protocol

from rooms_core.domain.ids import RoomId


class Scores(Protocol):
    """Counting, inside one unit of work."""

    async def waiting(self, limit: int) -> list[RoomId]:
        """Some ended rooms that are not counted yet, those that ended first first; not locked."""
        ...

    async def count(self, room: RoomId) -> bool:
        """Add an ended room to all scores, set-wise; False, and nothing done, if it does not wait (any more)."""
        ...

    async def forget(self) -> None:
        """Empty every score; all ended rooms wait to be counted again."""
        ...
