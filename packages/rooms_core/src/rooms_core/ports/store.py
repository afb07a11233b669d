"""The store: runs units of work. What it promises, a fake must promise too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from rooms_core.ports.books import Books
from rooms_core.result import Ok, Result

T = TypeVar("T")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The store did not answer, or its answer to COMMIT was lost: the outcome is unknown, so try the same key again.

    `tries`: how often the unit of work was run, where others were in its way.
    """

    message: str
    retryable: bool = True
    tries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseLost(StoreFailed):
    """The role is not ours any more, or our time is over: nothing was written. Take it again before going on."""

    role: str
    token: int
    retryable: bool = False


class Store(Protocol):
    """Units of work over the books."""

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work` on the books: `Ok` commits, `Err` and every exception roll back. Nothing is half done.

        `work` may run more than once (after a serialization failure), so it must not act on the outside world.
        """
        ...

    async def fence(self) -> Result[None, StoreFailed]:
        """Commit a mark, and answer only when the commit is acknowledged; to be called before acting on the outside.

        What units of work have read before is then as durable as the mark itself, on the standby too: the log has
        one order. `Err`: it may not be, so do not act.
        """
        ...


async def mark(books: Books) -> Result[None, StoreFailed]:
    """The unit of work that a fence is."""
    await books.mark()
    return Ok(None)
