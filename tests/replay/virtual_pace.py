"""Waiting on a virtual clock that moves only when nobody has anything left to do, and then to the earliest waiter."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from rooms_core.testing.clock import ManualClock

_ROUNDS: Final = 6
"""So many rounds of the loop in a row with nobody woken: then all that can be done now is done."""


@dataclass(slots=True)
class VirtualPace:
    """Implements `transport.Pace` for many who wait at once, as on a real clock. No real waiting may be mixed in."""

    clock: ManualClock
    _waiting: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _driven: asyncio.Task[None] | None = None

    async def until(self, at_ms: int) -> None:
        """Come back at a time."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (at_ms, next(self._numbers), woken))
        if self._driven is None or self._driven.done():
            self._driven = asyncio.create_task(self._drive())
        await woken

    async def _drive(self) -> None:
        while self._waiting:
            seen, quiet = len(self._waiting), 0
            while quiet < _ROUNDS:
                await asyncio.sleep(0)
                quiet = quiet + 1 if len(self._waiting) == seen else 0
                seen = len(self._waiting)
            at_ms = self._waiting[0][0]
            self.clock.set(max(at_ms, self.clock.now_ms()))
            while self._waiting and self._waiting[0][0] <= at_ms:
                woken = heapq.heappop(self._waiting)[2]
                if not woken.done():
                    woken.set_result(None)
