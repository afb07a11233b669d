"""The drill of lost answers: connections break when COMMIT is done and the client has not heard of it."""

from __future__ import annotations

import random

import attrs

from rooms_core.services.bet_desk import BetDesk
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_store.testing.aftermath import Aftermath, look_at
from rooms_store.testing.crowd import Crowd
from rooms_store.testing.opened import Opening
from rooms_store.testing.postgres import PostgresServer
from rooms_store.testing.proxy import Proxy
from rooms_store.testing.server_process import HOST


@attrs.frozen(kw_only=True)
class LostCommits:
    """What a drill found: how many COMMITs were done unheard, how many never arrived, and what is in the books."""

    aftermath: Aftermath
    answers_lost: int
    commits_lost: int
    failures: int
    changed: int


async def lost_commit_drill(
    opening: Opening, server: PostgresServer, *, injections: int, clients: int = 8, seed: int = 1
) -> LostCommits:
    """Bet through a network that loses two of five answers to COMMIT, and one of ten COMMITs, until enough are lost."""
    chance = random.Random(seed)
    place = server.fresh_database()
    async with Proxy(HOST, server.port) as proxy:
        tasks = AwaitedTasks(SeededRng(seed))
        async with opening(place.replace(f":{server.port}/", f":{proxy.port}/"), ManualClock()) as store:
            desk = BetDesk(place=PlaceBets(store=store, ids=store.ids), tasks=tasks)
            crowd = Crowd(desk, clients)
            await crowd.join(store)
            proxy.faults.cut_before_commit = lambda: chance.random() < 0.1
            proxy.faults.cut_after_commit = lambda: chance.random() < 0.4
            async with crowd.betting():
                while proxy.cut_after < injections:
                    await crowd.more(1)
                proxy.faults = type(proxy.faults)()
            await tasks.drain()
            return LostCommits(
                aftermath=await look_at(store, crowd),
                answers_lost=proxy.cut_after,
                commits_lost=proxy.cut_before,
                failures=crowd.failures,
                changed=crowd.changed,
            )
