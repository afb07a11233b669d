"""A backend killed at each statement of each unit of work, and COMMITs lost on the way there and back: never half."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial

import asyncpg
import attrs
import pytest
from tests.chaos.units import LOCKED, SETTLING, UNITS, Unit, contents, furnish, orders
from tests.contracts.sound import unsound

from rooms_core.domain.bet import BetOrder
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.bet_desk import BetDesk
from rooms_core.services.closing import AlreadyEnded
from rooms_core.services.place_bets import PlaceBets
from rooms_core.services.settle_room import NotSettling
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_store.opening import OpenBooks, open_books
from rooms_store.testing.postgres import PostgresServer
from rooms_store.testing.proxy import Faults, Proxy

EVERY = int(os.environ.get("ROOMS_TEST_KILL_EVERY", "4"))
"""So many requests lie between two kills; with 1 each is tried, which takes a minute."""
LOOKS_FIRST = {"a withdrawal": 1}
"""How many units of work a use case has before the one that moves something."""
DONE_ALREADY = (Err(NotSettling(SETTLING.id, RoomStatus.SETTLED)), Err(AlreadyEnded(LOCKED.id)))
KILL_OTHERS = (
    "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@attrs.define
class Stage:
    """The books behind a proxy, and somebody who can kill whoever is connected through it."""

    store: OpenBooks
    proxy: Proxy
    rival: asyncpg.Connection
    keeper: Bookkeeper

    async def killed_at(self, request: int, unit: Unit) -> tuple[Result[object, object], bool]:
        """Run a unit of work whose backend is killed before its so-manieth request; and whether it came so far."""
        if isinstance(await self.store.fence(), Err):  # another connection that was killed is found dead
            assert isinstance(await self.store.fence(), Ok)
        seen, kill = 0, None

        async def count() -> None:
            nonlocal seen, kill
            seen += 1
            if seen == request:
                kill = asyncio.ensure_future(self.rival.execute(KILL_OTHERS))
                await asyncio.shield(kill)

        self.proxy.faults.before_request = count
        try:
            answer = await unit(self.store)
        finally:
            self.proxy.faults = Faults()
            if kill is not None:
                await kill
        return answer, kill is not None


@pytest.fixture
async def stage(postgres_server: PostgresServer) -> AsyncIterator[Stage]:
    """A furnished house in a fresh database."""
    clock, place = ManualClock(), postgres_server.fresh_database()
    rival = await asyncpg.connect(place)
    async with Proxy("127.0.0.1", postgres_server.port) as proxy:
        through = place.replace(f":{postgres_server.port}/", f":{proxy.port}/")
        async with open_books(through, clock, block=2) as store:
            await furnish(store)
            yield Stage(store, proxy, rival, Bookkeeper(store, clock))
    await rival.close()


def failed(answer: Result[object, object]) -> bool:
    """Whether the store failed in a way that time heals."""
    return isinstance(answer, Err) and isinstance(answer.why, StoreFailed) and answer.why.retryable


async def test_a_backend_killed_at_a_statement_leaves_nothing(stage: Stage) -> None:
    """Each unit of work, killed before one request after another, is said to have failed and left no trace.

    At last nobody kills it, and it is done.
    """
    kills = dict.fromkeys(UNITS, 0)
    for name, unit in UNITS.items():
        answer: Result[object, object] = Ok(None)
        before, request, reached = await contents(stage.rival), 1 + len(name) % EVERY, True
        while reached:
            answer, reached = await stage.killed_at(request, unit)
            if reached:
                assert failed(answer), (name, request, answer)
                assert before == await contents(stage.rival), (name, request)
                kills[name] += 1
            request += EVERY
        assert isinstance(answer, Ok), (name, answer)
        assert before != await contents(stage.rival), name

    assert min(kills.values()) > 1, kills
    assert [] == await unsound(stage.keeper)


async def test_a_desk_answers_all_though_the_backend_is_killed(stage: Stage) -> None:
    """Wherever the kill hits a batch, it is run again as a whole: each has his bet, and each key stands once."""
    tasks = AwaitedTasks(SeededRng())
    desk = BetDesk(place=PlaceBets(store=stage.store, ids=stage.store.ids), tasks=tasks)
    request, reached = 1, True
    while reached:
        asked = orders(str(request))

        async def all_at_once(_: OpenBooks, asked: list[BetOrder] = asked) -> Result[object, object]:
            return Ok(await asyncio.gather(*map(desk, asked)))

        answers, reached = await stage.killed_at(request, all_at_once)
        placed = answers.value if isinstance(answers, Ok) else None
        assert isinstance(placed, list)
        assert [order.key for order in asked] == [each.value.key for each in placed if isinstance(each, Ok)]
        request += EVERY
    await tasks.drain()

    assert [] == await unsound(stage.keeper)


@pytest.mark.parametrize("unheard", [False, True])
async def test_a_lost_commit_is_done_wholly_or_not_at_all(stage: Stage, unheard: bool) -> None:
    """COMMIT lost on its way did nothing, its answer lost on the way back did all; the same again does it once."""
    for name, unit in UNITS.items():
        assert isinstance(await stage.store.fence(), Ok)
        before = await contents(stage.rival)
        lose = iter([False] * LOOKS_FIRST.get(name, 0) + [True])
        stage.proxy.faults = Faults()
        if unheard:
            stage.proxy.faults.cut_after_commit = partial(next, lose, False)
        else:
            stage.proxy.faults.cut_before_commit = partial(next, lose, False)
        lost = await unit(stage.store)
        after = await contents(stage.rival)
        again = await unit(stage.store)

        assert failed(lost), (name, lost)
        assert unheard == (before != after), name
        if unheard:
            assert after == await contents(stage.rival), name
        assert isinstance(again, Ok) or (unheard and again in DONE_ALREADY), (name, again)
        assert before != await contents(stage.rival), name

    assert [] == await unsound(stage.keeper)
