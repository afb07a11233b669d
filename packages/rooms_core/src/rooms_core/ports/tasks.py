"""Work in the background, as a port: so that a simulation decides what runs when, and how long a pause is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol


class Tasks(Protocol):
    """Starts work that goes on beside the caller."""

    def spawn(self, work: Coroutine[Any, Any, None], ended: Callable[[], None] | None = None) -> None:
        """Run `work` to its end; it does not raise, and it is kept alive until it is done.

        `ended` is called afterwards, however it ended, and also where it was stopped before its first step.
        """
        ...

    async def pause(self, longest_ms: int) -> None:
        """Let time pass, from 0 to `longest_ms`, drawn anew each time: who failed together comes back apart."""
        ...
