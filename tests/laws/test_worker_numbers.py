"""Ids of processes that sleep, crash and have wrong clocks: none is ever made twice."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from rooms_core.domain import ids as layout
from rooms_core.domain.lease import Lease
from rooms_core.ports.ids import NoIds
from rooms_core.result import Ok
from rooms_core.services.take_number import NUMBER_MS
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.memory_store import Fate, MemoryStore
from rooms_store.ids import TimeSortedIds
from rooms_store.worker_number import WorkerNumber

T = TypeVar("T")

NUMBERS = 2
"""So few numbers are left that processes have to share them one after another."""
WHICH = st.integers(0, 2)
STEP_MS = NUMBER_MS // 3
"""Clocks move in such steps, so that processes meet in the same ms."""


class Process:
    """A process with a clock of its own."""

    def __init__(self, store: MemoryStore, now_ms: int, name: str) -> None:
        self.clock = ManualClock(now_ms)
        self.ids = TimeSortedIds(self.clock)
        self.number = WorkerNumber(store, self.ids, clock=self.clock, holder=name)


class Numbers(RuleBasedStateMachine):
    """Processes come, sleep, wake and go; the server's clock only goes forward, as servers' clocks should."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = ManualClock()
        self.store = MemoryStore(self.clock)
        for number in range(NUMBERS, layout.WORKERS):
            far = Lease(role=f"worker:{number:04}", token=1, holder="others", until_ms=1 << 60)
            self.store._tables.leases.put(far.role, far)
        self.store._tables.changes.keep()
        self.processes: list[Process] = []
        self.count = 0
        self.made: set[int] = set()

    def teardown(self) -> None:
        self.runner.close()

    def go(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one step."""
        return self.runner.run(work)

    @rule(skew=st.integers(-3, 3), fate=st.sampled_from([Fate.DONE, Fate.DONE, *Fate]))
    def start(self, skew: int, fate: Fate) -> None:
        """A process opens the books; its clock is up to an hour wrong."""
        self.count += 1
        process = Process(self.store, self.clock.now_ms() + skew * STEP_MS, f"process {self.count}")
        self.store.plan(fate)
        taken = self.go(process.number.take())
        self.store._fates.clear()
        if isinstance(taken, Ok):
            self.processes.append(process)

    @rule(which=WHICH, count=st.sampled_from([1, 2, layout.COUNTERS + 1]), kept=st.booleans())
    def make(self, which: int, count: int, kept: bool) -> None:
        """Ids are made in a unit of work, or outside of any by somebody who may have slept."""
        for process in self.processes[which : which + 1]:
            if kept:
                self.go(process.number.keep())
            for _ in range(count):
                try:
                    made = process.ids.next_id()
                except NoIds:
                    break
                assert made not in self.made
                self.made.add(made)

    @rule(ms=st.sampled_from([1, STEP_MS, NUMBER_MS, 3 * NUMBER_MS]))
    def wait(self, ms: int) -> None:
        """Time passes for everybody."""
        self.clock.advance(ms)
        for process in self.processes:
            process.clock.advance(ms)

    @rule(which=WHICH, steps=st.integers(-6, 6))
    def turn(self, which: int, steps: int) -> None:
        """Somebody's clock is set."""
        for process in self.processes[which : which + 1]:
            process.clock.set(max(NOON_MS - NUMBER_MS, process.clock.now_ms() + steps * STEP_MS))

    @rule(which=WHICH, order=st.booleans())
    def end(self, which: int, order: bool) -> None:
        """A process stops in order, or dies."""
        if which < len(self.processes):
            process = self.processes.pop(which)
            if order:
                self.go(process.number.give_back())


TestNumbers = Numbers.TestCase
TestNumbers.settings = settings(stateful_step_count=30, deadline=None)
