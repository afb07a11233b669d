"""Loops on a clock that moves only when somebody waits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from rooms_cli.loops.role_loop import Bells, Job, RoleLoop
from rooms_cli.loops.standing import LoopStanding
from rooms_core.ports.store import Store
from rooms_core.result import Ok
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.play_role import PlayRole
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore
from rooms_core.testing.rng import SeededRng


@dataclass
class Told:
    """Implements `Log`: what was told, and how loudly."""

    lines: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def info(self, event: str, **facts: Any) -> None:
        """Remember it."""
        self.lines.append(("info", event, facts))

    def warning(self, event: str, **facts: Any) -> None:
        """Remember it."""
        self.lines.append(("warning", event, facts))

    def exception(self, event: str, **facts: Any) -> None:
        """Remember it."""
        self.lines.append(("error", event, facts))

    @property
    def events(self) -> list[str]:
        """The sentences alone."""
        return [event for _, event, _ in self.lines]

    def of(self, event: str) -> list[dict[str, Any]]:
        """The facts beside each telling of a sentence."""
        return [facts for _, each, facts in self.lines if each == event]


@dataclass
class Virtual:
    """Implements `Waiting` on a manual clock: whoever waits moves it. It stops the loop at `end_ms`."""

    clock: ManualClock
    bells: Bells
    end_ms: int

    async def until(self, at_ms: int, bell: asyncio.Event) -> None:
        """Move there, unless somebody rings."""
        await asyncio.sleep(0)
        if bell.is_set():
            return
        self.clock.set(max(self.clock.now_ms(), min(at_ms, self.end_ms)))
        if self.clock.now_ms() >= self.end_ms:
            self.bells.stop.set()
            self.bells.ring()


@dataclass
class Place:
    """One database and its clock, for any number of processes."""

    clock: ManualClock
    store: MemoryStore
    told: Told = field(default_factory=Told)

    def loop(
        self, job: Job, *, ms: int, holder: str = "one", role: str = "monitor", lease_ms: int = 15_000
    ) -> RoleLoop:
        """A process that plays a role for so long. Role "": the work needs none."""
        bells = Bells(asyncio.Event())
        hold = HoldRole(store=self.store, holder=holder, lease_ms=lease_ms)
        return RoleLoop(
            job=job,
            play=PlayRole(hold=hold, role=role, clock=self.clock) if role else None,
            store=self.store,
            clock=self.clock,
            timer=self.clock,
            waiting=Virtual(self.clock, bells, self.clock.now_ms() + ms),
            rng=SeededRng(),
            bells=bells,
            log=self.told,
            standing=LoopStanding(role=role or "announcer"),
        )

    async def take(self, role: str, holder: str, lease_ms: int = 15_000) -> None:
        """Somebody else has the role from now on."""
        await HoldRole(store=self.store, holder=holder, lease_ms=lease_ms).take(role)


@dataclass
class EverySecond:
    """Implements `Job`: takes a turn each second, and remembers when. `does` is what happens on its turns."""

    clock: ManualClock
    does: list[Any] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    every_ms: int = 1_000

    def due_ms(self, now_ms: int) -> int:
        """A second after the last turn."""
        return self.turns[-1] + self.every_ms if self.turns else now_ms

    async def turn(self, store: Store, token: int, standing: LoopStanding) -> Any:
        """Do what was planned, else nothing."""
        self.turns.append(self.clock.now_ms())
        self.tokens.append(token)
        self.stores.append(store)
        planned = self.does.pop(0) if self.does else Ok(None)
        if isinstance(planned, Exception):
            raise planned
        if callable(planned):
            planned = await planned()
        return planned
