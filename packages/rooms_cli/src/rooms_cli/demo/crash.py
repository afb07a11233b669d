"""A settler that dies: run as a process of its own, it is killed when all payouts are written and nothing is committed.

`ROOMS_DATABASE=… python -m rooms_cli.demo.crash ROOM NOW_MS`; the exit code is 137, as after `kill -9`. The database
comes by the environment: a URL may hold a password, and arguments can be seen by everybody on the machine.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from rooms_core.domain.ids import RoomId
from rooms_core.ports.books import Books, SettlementRow
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Result
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import open_books

KILLED: Final = 137

T = TypeVar("T")
E = TypeVar("E")


class _DeadlySettlements:
    """The settlement row is the last thing written before COMMIT: here the process ends."""

    async def add(self, row: SettlementRow) -> bool:
        """Die, without a chance to clean up."""
        os._exit(KILLED)


class _DeadlyBooks:
    """Books in which writing the settlement row kills the process."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.settlements = _DeadlySettlements()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._books, name)


@dataclass(frozen=True, slots=True)
class DeadlyStore:
    """A store whose settlements never come to their COMMIT."""

    store: Store

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work` on deadly books."""
        return await self.store.run(lambda books: work(cast(Books, _DeadlyBooks(books))))

    async def fence(self) -> Result[None, StoreFailed]:
        """A fence settles nothing, so it does no harm."""
        return await self.store.fence()


async def settle_and_die(database: str, room: RoomId, now_ms: int) -> None:
    """Begin to settle a room; does not come back if the room could be settled."""
    async with open_books(database, ManualClock(now_ms), migrate=False) as store:
        await SettleRoom(store=DeadlyStore(store))(room)


if __name__ == "__main__":
    asyncio.run(settle_and_die(os.environ["ROOMS_DATABASE"], RoomId(int(sys.argv[1])), int(sys.argv[2])))
