"""The clients of a drill notice what happens to their bets, and the books are compared with what they were told."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from rooms_core.domain.ids import BetId
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err
from rooms_core.services.bet_desk import BetDesk
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.builders import a_room, an_order, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import Fate, MemoryStore
from rooms_core.testing.tasks import AwaitedTasks
from rooms_store.ids import TimeSortedIds
from rooms_store.testing.aftermath import look_at
from rooms_store.testing.crowd import Crowd, NoAnswer


@pytest.fixture
def store() -> MemoryStore:
    """Books in memory: they can be told to fail."""
    return MemoryStore(ManualClock())


@pytest.fixture
def desk(store: MemoryStore) -> BetDesk:
    """Where the crowd bets."""
    return BetDesk(
        place=PlaceBets(store=store, ids=TimeSortedIds(ManualClock(), worker=1)), tasks=AwaitedTasks()
    )


@pytest.fixture
async def crowd(store: MemoryStore, desk: BetDesk) -> Crowd:
    """Three clients who have joined."""
    joined = Crowd(desk, 3)
    await joined.join(store)
    return joined


async def test_everyone_repeats_until_he_is_answered(store: MemoryStore, crowd: Crowd) -> None:
    """Failures and lost answers are asked again with the same key; nothing is lost, and nothing is there twice."""
    async with crowd.betting():
        await crowd.more(9)
        store.plan(*[Fate.FAILED] * 30, *[Fate.UNKNOWN] * 30)
        await crowd.more(90)

    seen = await look_at(store, crowd)
    assert seen.whole, seen
    assert seen.acknowledged == seen.stored == len(crowd.acknowledged) >= 99
    assert crowd.failures > 0
    assert 0 == crowd.changed


async def test_an_acknowledged_bet_that_is_not_there_is_lost(store: MemoryStore, crowd: Crowd) -> None:
    """So is one that is there as another bet: its client was told something else."""
    async with crowd.betting():
        await crowd.more(9)
    bet = crowd.acknowledged["2:1"]
    crowd.acknowledged["2:1"] = dataclasses.replace(bet, id=BetId(bet.id + 1))
    crowd.acknowledged["4:9999"] = dataclasses.replace(bet, key="4:9999")

    assert 2 == (await look_at(store, crowd)).lost


async def test_who_paid_for_another_bet_is_noticed(store: MemoryStore, desk: BetDesk, crowd: Crowd) -> None:
    """A client's balance is what his bets of this room leave of his deposit, to the lamport."""
    other = Crowd(desk, 0, room=a_room(2_000))
    await other.join(store)
    await desk(an_order(crowd.numbers[0], "YES", sols("1"), room=2_000))

    assert 1 == (await look_at(store, crowd)).doubled


async def test_a_refusal_ends_the_drill() -> None:
    """What is no failure of the store is a mistake of the drill, and is not asked again."""

    async def refuses(_order: object) -> Err[StoreFailed]:
        return Err(StoreFailed("no such table", retryable=False))

    with pytest.raises(ExceptionGroup) as raised:
        async with Crowd(refuses, 1).betting():
            await asyncio.sleep(5)
    assert raised.group_contains(NoAnswer, match="no such table")
