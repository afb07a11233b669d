"""Whoever plays the monitor, in whatever order they come, sleep, die and wake up: the log of records verifies (C17)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from tests.cli.loops.virtual import Told

from rooms_cli.loops.monitor import Monitor
from rooms_cli.loops.standing import LoopStanding
from rooms_core.domain.lease import Lease
from rooms_core.domain.status import RoomStatus
from rooms_core.result import Ok
from rooms_core.services.fenced_store import FencedStore
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.play_role import PlayRole
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_market, a_room
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.memory_store import Fate, MemoryStore
from rooms_oracle.checker import check_records
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import TICK_MS
from rooms_oracle.oracle import ConsensusOracle

DAY_MS = 86_400_000
CUT = {
    "sleep": (),
    "lost": (Fate.DONE, Fate.DONE, Fate.FAILED),
    "unheard": (Fate.DONE, Fate.DONE, Fate.UNKNOWN),
}
ONCE = ("zombie", "die", "ask", *CUT)
STORIES = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(ONCE)).map(lambda it: [it])
    | st.integers(0, 2).map(lambda number: [(number, "sleep"), *[(number, "turn")] * 25]),
    max_size=12,
).map(lambda parts: [each for part in parts for each in part])
"""Each process has the role for more than a minute once it has it, so that it leaves records."""


@dataclass
class Process:
    """A monitor with its own memory. Dead ones are replaced by new ones of the same name."""

    store: MemoryStore
    clock: ManualClock
    name: str
    last: Lease | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.oracle = ConsensusOracle(GeneratedFeeds(7))
        self.play = PlayRole(
            hold=HoldRole(store=self.store, holder=self.name), role="monitor", clock=self.clock
        )
        self.standing = LoopStanding(role="monitor")
        self.monitor = Monitor(
            new_oracle=lambda: ConsensusOracle(GeneratedFeeds(7)),
            clock=self.clock,
            log=Told(),
            answered=lambda: None,
        )

    async def turn(self) -> None:
        """Take or keep the role, if it can be had, and evaluate a tick."""
        ready = await self.play.renew()
        if isinstance(ready, Ok):
            self.last = ready.value
            await self.zombie()

    async def zombie(self) -> None:
        """Evaluate a tick with the lease of the last turn, whatever has become of it."""
        if self.last is not None:
            await self.monitor.turn(FencedStore(self.store, self.last), self.last.token, self.standing)

    async def ask(self) -> None:
        """Ask for a price, as for the creation of a room; it needs no role."""
        await self.oracle.price("SOL/USD", now_ms=self.clock.now_ms())


async def played(story: list[tuple[int, str]]) -> list[str]:
    """The bodies of all records after a story of (process, what it does)."""
    clock = ManualClock()
    store = MemoryStore(clock)
    opened = a_room(
        market=a_market(target=10**18),
        status=RoomStatus.OPEN,
        opened_at_ms=NOON_MS,
        lock_at_ms=NOON_MS + DAY_MS,
        settle_at_ms=NOON_MS + DAY_MS + 60_000,
    )
    await Bookkeeper(store, clock).opened(opened)
    processes = [Process(store, clock, name) for name in "abc"]
    for number, action in story:
        process = processes[number]
        match action:
            case "turn":
                await process.turn()
            case "zombie":
                await process.zombie()
            case "ask":
                await process.ask()
            case "die":
                processes[number] = Process(store, clock, process.name)
            case _:
                store.plan(*CUT[action])
        clock.advance(7 * TICK_MS if action == "sleep" else TICK_MS)
    log = await store.queries.evidence_log(limit=10**6)
    assert isinstance(log, Ok)
    return [record.body for record in log.value]


@given(STORIES)
def test_the_log_verifies_whoever_wrote_it(story: list[tuple[int, str]]) -> None:
    """No chain is forked and none has a hole: each term begins with what is stored."""
    bodies = asyncio.run(played(story))

    assert Ok(len(bodies)) == check_records(bodies)


def test_several_terms_leave_one_log() -> None:
    """The law is about something: three processes in turn, with zombies between them, write records of both chains."""
    story = [
        (number, action) for number in (0, 1, 2, 0, 1) for action in ["sleep", *["turn"] * 25, "ask"]
    ] + [(2, "zombie"), (0, "zombie")]
    bodies = asyncio.run(played(story))

    assert Ok(len(bodies)) == check_records(bodies)
    assert 10 <= len(bodies)
