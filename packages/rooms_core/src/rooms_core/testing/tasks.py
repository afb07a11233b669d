"""Background work that a test can wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class AwaitedTasks:
    """Implements `ports.tasks.Tasks`: keeps what it started until `drain`, so that nothing is lost or left behind."""

    def __init__(self) -> None:
        self._started: list[asyncio.Task[None]] = []

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start `work` beside the caller."""
        self._started.append(asyncio.get_running_loop().create_task(work))

    async def drain(self) -> None:
        """Wait until all of it is done, what it started meanwhile included; what one raised is raised here."""
        while self._started:
            await self._started.pop(0)
