"""The announcer's turn: a block of notices, delivered. Any number of processes may do it, so it is no role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rooms_cli.loops.role_loop import Failed, Log
from rooms_cli.loops.standing import LoopStanding
from rooms_core.domain.events import Notice
from rooms_core.ports.clock import Clock
from rooms_core.ports.notifier import NotifyFailed
from rooms_core.ports.store import Store
from rooms_core.result import Err, Ok, Result
from rooms_core.services.announce import Announce

POLL_MS: Final = 1_000


@dataclass(slots=True, kw_only=True)
class Announcer:
    """Implements `Job`. `announce` makes the use case on a store."""

    announce: Callable[[Store], Announce]
    clock: Clock
    _next_ms: int = field(default=0, init=False)

    def due_ms(self, now_ms: int) -> int:
        """A second after the last turn; at once while there is more."""
        return min(self._next_ms, now_ms + POLL_MS)

    async def turn(self, store: Store, token: int, standing: LoopStanding) -> Result[None, Failed]:
        """Deliver one block."""
        self._next_ms = self.clock.now_ms() + POLL_MS
        told = await self.announce(store)()
        if isinstance(told, Err):
            return told
        standing.counts["delivered"] += told.value.delivered
        standing.counts["again"] += told.value.again
        standing.counts["dead"] += told.value.dead
        if told.value.delivered:
            self._next_ms = self.clock.now_ms()
        return Ok(None)


@dataclass(frozen=True, slots=True)
class LogNotifier:
    """Implements `ports.notifier.Notifier` by a line in the log: what happened to whom, and no amounts.

    A notice that is printed counts as delivered.
    """

    log: Log

    async def deliver(self, notice: Notice) -> Result[None, NotifyFailed]:
        """Print it; this never fails."""
        event = notice.event
        self.log.info("notice", notice=notice.id, kind=event.kind.value, user=event.user, ref=event.ref)
        return Ok(None)
