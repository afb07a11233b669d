"""The worker number of a process in which several units of work begin at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs
import pytest

from rooms_core.domain.ids import id_made_ms
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.services.take_number import NUMBER_MS
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore
from rooms_store.ids import TimeSortedIds
from rooms_store.worker_number import WorkerNumber

T = TypeVar("T")
E = TypeVar("E")


@attrs.define
class SlowStore:
    """A store that answers when it is let, and counts who asks."""

    store: Store
    let: asyncio.Event = attrs.field(factory=asyncio.Event)
    asked: int = 0

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Wait, then run `work`."""
        self.asked += 1
        await self.let.wait()
        return await self.store.run(work)

    async def fence(self) -> Result[None, StoreFailed]:
        """Nothing waits for a fence."""
        return await self.store.fence()


@pytest.mark.parametrize("idle_ms, waits", [(NUMBER_MS // 2, False), (3 * NUMBER_MS, True)])
async def test_one_renews_for_all_who_begin_after_a_rest(
    clock: ManualClock, idle_ms: int, waits: bool
) -> None:
    """While the lease stands nobody waits for the renewal; once it is over all do, for no id can be made before."""
    store = SlowStore(MemoryStore(clock))
    ids = TimeSortedIds(clock)
    number = WorkerNumber(store, ids, clock=clock, holder="a process")
    store.let.set()
    assert isinstance(await number.take(), Ok)
    store.let.clear()
    clock.advance(idle_ms)
    asked = store.asked
    first = asyncio.ensure_future(number.keep())
    others = [asyncio.ensure_future(number.keep()) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert [waits] * 3 == [not other.done() for other in others]

    store.let.set()
    await asyncio.gather(first, *others)

    assert 1 == store.asked - asked
    assert clock.now_ms() == id_made_ms(ids.next_id())


async def test_who_waits_goes_on_when_the_one_who_asked_is_gone(clock: ManualClock) -> None:
    """A cancelled renewal holds nobody up, and the next one asks anew."""
    store = SlowStore(MemoryStore(clock))
    ids = TimeSortedIds(clock)
    number = WorkerNumber(store, ids, clock=clock, holder="a process")
    store.let.set()
    assert isinstance(await number.take(), Ok)
    store.let.clear()
    clock.advance(3 * NUMBER_MS)
    first, second = asyncio.ensure_future(number.keep()), asyncio.ensure_future(number.keep())
    await asyncio.sleep(0)
    first.cancel()
    await second
    store.let.set()
    await number.keep()

    assert first.cancelled()
    assert clock.now_ms() == id_made_ms(ids.next_id())
