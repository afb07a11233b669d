"""Background work on the running loop, and pauses that take their time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from rooms_core.ports.rng import Rng


class LoopTasks:
    """Implements `ports.tasks.Tasks` with the loop that runs."""

    def __init__(self, chance: Rng) -> None:
        self._chance = chance
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None], ended: Callable[[], None] | None = None) -> None:
        """Run `work` beside the caller, and call `ended` however it ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)  # the loop itself keeps no task alive
        task.add_done_callback(self._running.discard)
        if ended is not None:
            task.add_done_callback(lambda _: ended())

    async def pause(self, longest_ms: int) -> None:
        """Sleep for 0 to `longest_ms`."""
        await asyncio.sleep(self._chance.below(longest_ms + 1) / 1_000)
