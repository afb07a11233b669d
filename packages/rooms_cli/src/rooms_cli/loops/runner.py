"""The runner: puts the loops of a process together, keeps them going until it is told to stop, and ends them well.

The one place where running parts are wired; what they have in common is the process: its books, its feeds, its clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from os import getpid
from socket import gethostname
from typing import Final

from rooms_cli.chance import SystemRng
from rooms_cli.clock import SystemClock
from rooms_cli.database import is_server
from rooms_cli.garbage import keep_what_stands
from rooms_cli.loops.announcer import Announcer, LogNotifier
from rooms_cli.loops.counted import TickCounts
from rooms_cli.loops.listings import LearnListings
from rooms_cli.loops.monitor import Monitor
from rooms_cli.loops.oracles import Oracles
from rooms_cli.loops.prices import open_prices
from rooms_cli.loops.role_loop import Bells, Job, Log, RoleLoop
from rooms_cli.loops.settings import ANNOUNCER, MONITOR, SETTLER, RunSettings
from rooms_cli.loops.settler import Settler
from rooms_cli.loops.standing import LoopStanding, Running
from rooms_cli.loops.waiting import ClockWaiting
from rooms_core.ports.store import Store
from rooms_core.services.announce import Announce
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.play_role import PlayRole
from rooms_oracle.pace import MachineTimer
from rooms_store.opening import open_books

GRACE_MS: Final = 10_000
"""How long the turns that are under way may take to end once it is told to stop."""


@dataclass(slots=True)
class Runner:
    """Runs some roles in this process. `running` says how they stand, from `started` on."""

    settings: RunSettings
    log: Log
    running: Running | None = field(default=None, init=False)
    _stop: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _bells: dict[str, Bells] = field(default_factory=dict, init=False)
    _limit: asyncio.Timeout | None = field(default=None, init=False)

    def stop(self) -> None:
        """End after the turns that are under way; told a second time, at once."""
        if self._limit is not None:
            now = asyncio.get_running_loop().time()
            self._limit.reschedule(now if self._stop.is_set() else now + GRACE_MS / 1_000)
        self._stop.set()
        for bells in self._bells.values():
            bells.ring()

    async def run(self, started: Callable[[Running, int], None]) -> bool:
        """Run until stopped; `started` is told what runs, and how many instruments are listed.

        False if a turn had to be cut off. Raises `NoNumber`, `CannotServe` and the database's errors if it cannot
        begin.
        """
        clock, rng, place = SystemClock(), SystemRng(), self.settings.place
        try:
            async with (
                asyncio.timeout(None) as self._limit,
                open_books(place, clock, migrate=False, server_time=is_server(place)) as books,
                open_prices(self.settings.feeds, books, clock=clock, rng=rng) as (source, learn),
            ):
                oracles, counted = Oracles(source), TickCounts()
                if learn is not None:
                    learn.oracle = lambda: oracles.newest
                loops = self._loops(books, oracles, counted, learn, clock, rng)
                self.running = Running(
                    loops=tuple([loop.standing for loop in loops]),
                    feeds=None if learn is None else learn.feeds,
                    ticks=counted,
                    instruments=oracles.standings,
                )
                async with self._shown(self.running, clock):
                    started(self.running, 0 if learn is None else len(learn.listed))
                    keep_what_stands()
                    await asyncio.gather(*[loop.run() for loop in loops])
        except TimeoutError:
            if not self._stop.is_set():
                raise
            return False
        return True

    @asynccontextmanager
    async def _shown(self, running: Running, clock: SystemClock) -> AsyncIterator[None]:
        """Serve the metrics, if they are wanted, before any role is taken: who cannot does not begin."""
        where = self.settings.metrics
        if where is None:
            yield
            return
        from rooms_cli.metrics.server import serving

        async with serving(running, clock, where) as port:
            self.log.info("metrics are served", metrics=where.shown(port))
            if not where.here:
                self.log.warning("metrics can be read from other machines: let a firewall decide from which")
            yield

    def _loops(
        self,
        store: Store,
        oracles: Oracles,
        counted: TickCounts,
        learn: LearnListings | None,
        clock: SystemClock,
        rng: SystemRng,
    ) -> list[RoleLoop]:
        timer = MachineTimer()
        holder = f"{gethostname()}/{getpid()}/{rng.salt().hex()[:8]}"
        hold = HoldRole(store=store, holder=holder, lease_ms=self.settings.lease_ms)
        self._bells = {role: Bells(self._stop) for role in self.settings.roles}
        jobs: dict[str, Callable[[], Job]] = {
            MONITOR: lambda: Monitor(
                new_oracle=oracles,
                clock=clock,
                log=self.log,
                answered=self._ring(SETTLER),
                read_every=self.settings.read_every,
                counted=counted,
                learn=learn,
            ),
            SETTLER: lambda: Settler(clock=clock, timer=timer, log=self.log, settled=self._ring(ANNOUNCER)),
            ANNOUNCER: lambda: Announcer(
                announce=lambda own: Announce(store=own, notifier=LogNotifier(self.log), clock=clock),
                clock=clock,
            ),
        }
        return [
            RoleLoop(
                job=jobs[role](),
                play=None if role == ANNOUNCER else PlayRole(hold=hold, role=role, clock=clock),
                store=store,
                clock=clock,
                timer=timer,
                waiting=ClockWaiting(clock),
                rng=rng,
                bells=self._bells[role],
                log=self.log,
                standing=LoopStanding(role=role),
            )
            for role in self.settings.roles
        ]

    def _ring(self, role: str) -> Callable[[], None]:
        """Call the loop of a role, if it runs in this process; others look by themselves."""
        bells = self._bells.get(role)
        return (lambda: None) if bells is None else bells.ring
