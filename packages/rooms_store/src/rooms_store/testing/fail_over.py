"""The fail-over drill: the primary is killed while clients bet, a standby is promoted, and the clients go on.

Before each kill nothing reaches the standbys for a moment. A synchronous primary answers nobody meanwhile; an
asynchronous one goes on answering, and what it answered is lost: the control that shows the drill can see.
"""

from __future__ import annotations

import asyncio
from typing import Final

import attrs

from rooms_core.services.bet_desk import BetDesk
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_store.testing.aftermath import Aftermath, look_at
from rooms_store.testing.crowd import Crowd
from rooms_store.testing.opened import Opening
from rooms_store.testing.replication import ReplicatedServers

HELD_SECONDS: Final = 0.2
"""How long nothing is replicated before the primary dies."""


@attrs.frozen(kw_only=True)
class FailOvers:
    """What a drill found. `gaps` are the times without any answer around each promotion, in seconds."""

    aftermath: Aftermath
    gaps: tuple[float, ...]
    failures: int
    changed: int


async def fail_over_drill(
    opening: Opening,
    *,
    promotions: int,
    synchronous: bool,
    standbys: int = 1,
    clients: int = 8,
    durable: bool = True,
) -> FailOvers:
    """Kill as many primaries under load, each later returning as an unfenced zombie and then as a new standby."""
    with ReplicatedServers(standbys=standbys, synchronous=synchronous, durable=durable) as servers:
        servers.primary.create_database("books")
        tasks = AwaitedTasks(SeededRng())
        async with opening(servers.place("books"), ManualClock()) as store:
            desk = BetDesk(place=PlaceBets(store=store, ids=store.ids), tasks=tasks)
            crowd = Crowd(desk, clients)
            await crowd.join(store)
            gaps = []
            async with crowd.betting():
                for _ in range(promotions):
                    await crowd.more(20 * clients)
                    crowd.longest_gap = 0
                    await _fail_over(servers, crowd)
                    gaps.append(crowd.longest_gap)
            await tasks.drain()
            return FailOvers(
                aftermath=await look_at(store, crowd),
                gaps=tuple(gaps),
                failures=crowd.failures,
                changed=crowd.changed,
            )


async def _fail_over(servers: ReplicatedServers, crowd: Crowd) -> None:
    old = servers.primary
    with servers.held():
        await asyncio.sleep(HELD_SECONDS)
        await asyncio.to_thread(old.kill9)
    await asyncio.to_thread(servers.promote)
    await crowd.more(crowd.size)
    await asyncio.to_thread(old.start)  # the zombie: it thinks that it is the primary still
    await crowd.more(5 * crowd.size)
    await asyncio.to_thread(servers.rejoin, old)
