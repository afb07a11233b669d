"""Play a role: what a loop does before each of its turns, so that it works only while the role is its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from rooms_core.domain.lease import Lease
from rooms_core.ports.clock import Clock
from rooms_core.ports.store import LeaseLost, Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.fenced_store import FencedStore
from rooms_core.services.hold_role import HoldRole, RoleHeld

T = TypeVar("T")
E = TypeVar("E")


@dataclass(slots=True, kw_only=True)
class PlayRole:
    """A role as a loop plays it: before each turn it is taken or renewed, and the turn runs on a fenced store.

    Between turns nothing runs, so a process that stands still simply loses the role. `clock` tells only when it is
    time to renew: a third of `hold.lease_ms` after the last time. A turn that takes longer than the lease should
    call `renew` on its way; unfenced it never goes on.
    """

    hold: HoldRole
    role: str
    clock: Clock
    mine: Lease | None = field(default=None, init=False)
    _renewed_ms: int = field(default=0, init=False)

    async def __call__(self, turn: Callable[[Store], Awaitable[T]]) -> Result[T, RoleHeld | StoreFailed]:
        """Play one turn. Refuses with `RoleHeld` where another process has the role: try again later."""
        ready = await self.renew()
        if isinstance(ready, Err):
            return ready
        return Ok(await turn(FencedStore(self.hold.store, ready.value)))

    async def renew(self) -> Result[Lease, RoleHeld | StoreFailed]:
        """The role, taken or renewed if it is time. What is lost is forgotten, and taken anew by the next turn."""
        asked_ms = self.clock.now_ms()
        if self.mine is None:
            return self._keep(await self.hold.take(self.role), asked_ms)
        if 0 <= asked_ms - self._renewed_ms < self.hold.lease_ms // 3:
            return Ok(self.mine)
        renewed = await self.hold.renew(self.mine)
        if isinstance(renewed, Err) and isinstance(renewed.why, LeaseLost):
            self.mine = None
        return self._keep(renewed, asked_ms)

    def _keep(self, answer: Result[Lease, E], asked_ms: int) -> Result[Lease, E]:
        if isinstance(answer, Ok):
            self.mine, self._renewed_ms = answer.value, asked_ms
        return answer

    async def stop(self) -> Result[None, StoreFailed]:
        """Give the role back, so that another process need not wait for its end."""
        mine, self.mine = self.mine, None
        return Ok(None) if mine is None else await self.hold.give_back(mine)
