"""A store in which somebody else is faster: between two of our units of work he does what he likes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed, mark
from rooms_core.result import Result

T = TypeVar("T")
E = TypeVar("E")


class Overtaken:
    """Implements `ports.store.Store` over another one; `other` runs once, after the first `after` units of work."""

    def __init__(self, store: Store, other: Callable[[], Awaitable[object]], *, after: int = 1) -> None:
        self._store = store
        self._other = other
        self._left = after

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work`; then, if it is his turn, let the other one act before we go on."""
        answer = await self._store.run(work)
        self._left -= 1
        if self._left == 0:
            await self._other()
        return answer

    async def fence(self) -> Result[None, StoreFailed]:
        """A fence is a unit of work like another."""
        return await self.run(mark)
