"""One role as it is played by this process: stand by, lead, take turns, and give the role back at the end.

A turn that fails is told and tried again; nothing that happens in one ends the loop. Time comes in from outside, so
a day of it passes in a test within a second.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from rooms_cli.loops.standing import LoopStanding
from rooms_cli.loops.waiting import Waiting
from rooms_core.ports.clock import Clock
from rooms_core.ports.rng import Rng
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.hold_role import RoleHeld
from rooms_core.services.play_role import PlayRole

STAND_BY_MS: Final = 1_000
"""A standby asks for the role this often, and right after the end of the lease it was told of."""
SOON_MS: Final = 20
BACK_OFF_FIRST_MS: Final = 250
BACK_OFF_MOST_MS: Final = 5_000


class Failed(Protocol):
    """Why a turn failed."""

    @property
    def message(self) -> str:
        """In words."""
        ...


class Job(Protocol):
    """What a loop does on its turns."""

    def due_ms(self, now_ms: int) -> int:
        """When the next turn is due; it may be now."""
        ...

    async def turn(self, store: Store, token: int, standing: LoopStanding) -> Result[None, Failed]:
        """Take one turn. `token` is that of the lease: with another one than before, everything is read anew."""
        ...


class Log(Protocol):
    """What a loop tells: sentences with facts beside them."""

    def info(self, event: str, **facts: Any) -> Any:
        """Something happened."""
        ...

    def warning(self, event: str, **facts: Any) -> Any:
        """Somebody should know."""
        ...

    def exception(self, event: str, **facts: Any) -> Any:
        """Something broke; told with its traceback."""
        ...


@dataclass(slots=True)
class Bells:
    """How a loop is called: `stop` ends it after its turn, `bell` wakes it."""

    stop: asyncio.Event
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """There is something to do now."""
        self.bell.set()


@dataclass(slots=True, kw_only=True)
class RoleLoop:
    """Plays one role. `play` None: the work needs no role, and any number of processes may do it."""

    job: Job
    play: PlayRole | None
    store: Store
    clock: Clock
    timer: Clock
    waiting: Waiting
    rng: Rng
    bells: Bells
    log: Log
    standing: LoopStanding
    _stood_by: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Play until `stop` is set, then give the role back. Cancelling it leaves the role to the end of its lease."""
        while not self.bells.stop.is_set():
            if await self._lead() and await self._wait():
                await self._turn()
        await self._give_back()

    async def _lead(self) -> bool:
        """Have the role; False after some waiting without it."""
        if self.play is None:
            self.standing.leads = True
            return True
        renewed = await self._renewed(self.play)
        if isinstance(renewed, Ok):
            if not self.standing.leads:
                self.log.info("has the role", role=self.standing.role)
            self.standing.leads, self._stood_by = True, False
            return True
        why = renewed.why
        if isinstance(why, RoleHeld):
            await self._stand_by(why)
        else:
            self.standing.failed_row += 1
            self._told(why)
            await self._back_off()
        return False

    async def _stand_by(self, held: RoleHeld) -> None:
        """Somebody else has the role: said once, and asked again in a second or when his lease ends."""
        if self.standing.leads:
            self.log.warning("has lost the role", role=self.standing.role)
        if not self._stood_by:
            self.log.info("stands by", role=self.standing.role, holder=held.holder)
        self.standing.leads, self._stood_by = False, True
        now_ms = self.clock.now_ms()
        await self._pause(min(max(held.until_ms, now_ms + SOON_MS), now_ms + STAND_BY_MS))

    async def _wait(self) -> bool:
        """Wait for the next turn, and keep the role meanwhile; False if there is to be none yet."""
        while not self.bells.stop.is_set():
            now_ms = self.clock.now_ms()
            due_ms = self.job.due_ms(now_ms)
            if due_ms <= now_ms or self.bells.bell.is_set():
                self.bells.bell.clear()
                return True
            if self.play is None:
                await self.waiting.until(due_ms, self.bells.bell)
                continue
            await self.waiting.until(min(due_ms, now_ms + self.play.hold.lease_ms // 3), self.bells.bell)
            if isinstance(await self._renewed(self.play), Err):
                return False
        return False

    async def _turn(self) -> None:
        begun_ms = self.timer.now_ms()
        try:
            answer = await self._played()
        except Exception as broken:
            self.log.exception("a turn broke", role=self.standing.role, why=type(broken).__name__)
            answer = Err(StoreFailed(f"it broke: {type(broken).__name__}"))
        well = isinstance(answer, Ok)
        again = well and self.standing.failed_row
        self.standing.ended(self.clock.now_ms(), self.timer.now_ms() - begun_ms, well=well)
        if again:
            self.log.info("works again", role=self.standing.role, failed=again)
        if isinstance(answer, Err):
            self._told(answer.why)
            await self._back_off()

    async def _played(self) -> Result[None, Failed]:
        """One turn, on a store that is fenced if the work needs a role."""
        if self.play is None:
            return await self.job.turn(self.store, 0, self.standing)
        play = self.play

        async def turn(store: Store) -> Result[None, Failed]:
            return await self.job.turn(store, 0 if play.mine is None else play.mine.token, self.standing)

        played = await play(turn)
        if isinstance(played, Ok):
            return played.value
        if isinstance(played.why, RoleHeld):
            return Ok(None)  # lost meanwhile: the next look at the role says so
        return Err(played.why)

    async def _renewed(self, play: PlayRole) -> Result[object, RoleHeld | StoreFailed]:
        try:
            return await play.renew()
        except Exception as broken:
            self.log.exception("the role could not be asked for", role=self.standing.role)
            return Err(StoreFailed(f"it broke: {type(broken).__name__}"))

    def _told(self, why: Failed) -> None:
        """The first failure in a row is told, then the second, the fourth, the eighth: a long one fills no disk."""
        self.standing.counts["store_failed" if isinstance(why, StoreFailed) else "oracle_failed"] += 1
        failed = self.standing.failed_row
        if failed & (failed - 1) == 0:
            self.log.warning(
                "a turn failed and is tried again", role=self.standing.role, why=why.message, failed=failed
            )

    async def _back_off(self) -> None:
        """Longer after each failure in a row, and never at the same moment as others."""
        ceiling = min(BACK_OFF_MOST_MS, BACK_OFF_FIRST_MS << min(self.standing.failed_row, 10))
        await self._pause(self.clock.now_ms() + ceiling // 2 + self.rng.below(ceiling // 2 + 1))

    async def _pause(self, until_ms: int) -> None:
        self.bells.bell.clear()
        if not self.bells.stop.is_set():
            await self.waiting.until(until_ms, self.bells.bell)

    async def _give_back(self) -> None:
        if self.play is None or self.play.mine is None:
            return
        given = await self.play.stop()
        self.standing.leads = False
        if isinstance(given, Err):
            self.log.warning("the role was not given back: it is free when its lease ends",
                             role=self.standing.role, why=given.why.message)  # fmt: skip
        else:
            self.log.info("gave the role back", role=self.standing.role)
