"""An event loop on which nobody waits: when nothing is left to do, time goes on to whatever comes next.

Pauses, deadlines and cancellations keep their order and their lengths, so a run on it is what would have happened.
Nothing in it may wait for another thread or for a socket.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from rooms_core.testing.clock import NOON_MS

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Begins at time 0."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Leap(self))

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._now

    def leap(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


class LoopClock:
    """Implements `ports.clock.Clock` with the time of the loop that runs."""

    def now_ms(self) -> int:
        """The loop began at noon."""
        return NOON_MS + round(asyncio.get_running_loop().time() * 1_000)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run something on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


class _Leap(selectors.SelectSelector):
    """Waits by moving its loop's time. Raises RuntimeError where it would wait for ever."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What can be read now; if that is nothing, it is later."""
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("nothing will ever happen again")
            self._loop.leap(timeout)
        return ready
