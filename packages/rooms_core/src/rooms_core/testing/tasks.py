"""Background work that a test can wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from rooms_core.ports.rng import Rng


class AwaitedTasks:
    """Implements `ports.tasks.Tasks`: keeps what it started until `drain`, so that nothing is lost or left behind.

    With `chance` a pause takes its time, as in a real house. Without, a test waits one turn; `pauses` are how long
    each might have been, in ms.
    """

    def __init__(self, chance: Rng | None = None) -> None:
        self.pauses: list[int] = []
        self._chance = chance
        self._started: list[asyncio.Task[None]] = []

    def spawn(self, work: Coroutine[Any, Any, None], ended: Callable[[], None] | None = None) -> None:
        """Start `work` beside the caller."""
        task = asyncio.get_running_loop().create_task(work)
        if ended is not None:
            task.add_done_callback(lambda _: ended())
        self._started.append(task)

    async def pause(self, longest_ms: int) -> None:
        """Wait as `chance` has it, or for one turn."""
        self.pauses.append(longest_ms)
        await asyncio.sleep(0 if self._chance is None else self._chance.below(longest_ms + 1) / 1_000)

    async def drain(self) -> None:
        """Wait until all of it is done, what it started meanwhile included; what one raised is raised here."""
        while self._started:
            await self._started.pop(0)

    async def stop(self) -> None:
        """Cancel all of it and wait until it has ended, like a process that is told to go."""
        stopped, self._started = self._started, []
        for task in stopped:
            task.cancel()
        await asyncio.gather(*stopped, return_exceptions=True)
