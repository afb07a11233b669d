"""What the parts of the read side have in common: one question of one snapshot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from rooms_core.ports.store import StoreFailed
from rooms_core.result import Result
from rooms_store.work import Work

T = TypeVar("T")


class Reader(Protocol):
    """Answers questions; nothing is written."""

    async def ask(self, question: Callable[[Work], Awaitable[T]]) -> Result[T, StoreFailed]:
        """The answer as of one moment."""
        ...
