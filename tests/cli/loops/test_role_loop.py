"""One leads, others stand by, whatever breaks is tried again, and a stop gives the role back at once."""

from __future__ import annotations

import asyncio

import pytest
from tests.cli.loops.virtual import EverySecond, Place, Told

from rooms_core.ports.books import Books
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.fenced_store import FencedStore
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.memory_store import Fate


async def holder_of(place: Place, role: str = "monitor") -> str | None:
    """Who has the role, as the books say."""

    async def work(books: Books) -> Result[str | None, StoreFailed]:
        return Ok((await books.leases.prove(role)).holder)

    found = await place.store.run(work)
    assert isinstance(found, Ok)
    return found.value


async def test_a_leader_takes_its_turns_on_a_fenced_store(place: Place, told: Told) -> None:
    """One token for the whole term; at the end the role is nobody's."""
    job = EverySecond(place.clock)
    loop = place.loop(job, ms=20_000)
    await loop.run()

    assert [NOON_MS + second * 1_000 for second in range(20)] == job.turns
    assert {1} == set(job.tokens)
    assert all(isinstance(store, FencedStore) for store in job.stores)
    assert ["has the role", "gave the role back"] == told.events
    assert await holder_of(place) is None
    assert (20, 0, False) == (loop.standing.turns, loop.standing.failed, loop.standing.leads)


async def test_a_standby_is_silent_and_leads_when_the_lease_ends(place: Place, told: Told) -> None:
    """Nobody gave the role back: it is taken at the end of the lease, not a second later."""
    await place.take("monitor", "two")
    job = EverySecond(place.clock)
    await place.loop(job, ms=20_000).run()

    assert NOON_MS + 15_000 == job.turns[0]
    assert {2} == set(job.tokens)
    assert ["stands by", "has the role", "gave the role back"] == told.events
    assert [{"role": "monitor", "holder": "two"}] == told.of("stands by")


async def test_a_role_is_kept_between_turns_that_are_farther_apart_than_its_lease(place: Place) -> None:
    """It is renewed while waiting, so another process never gets a chance."""
    job = EverySecond(place.clock, every_ms=60_000)
    await place.loop(job, ms=200_000, lease_ms=3_000).run()

    assert [NOON_MS + minute * 60_000 for minute in range(4)] == job.turns
    assert {1} == set(job.tokens)


async def test_who_lost_the_role_stands_by_and_comes_back_under_a_new_token(place: Place, told: Told) -> None:
    """The process stood still for longer than its lease; another one took over meanwhile."""

    async def stands_still() -> Result[None, StoreFailed]:
        place.clock.advance(seconds=16)
        await place.take("monitor", "two", 3_000)
        return Ok(None)

    job = EverySecond(place.clock, [Ok(None), stands_still])
    await place.loop(job, ms=30_000).run()

    assert NOON_MS + 1_000 + 16_000 + 3_000 == job.turns[2]
    assert [1, 1, 3] == job.tokens[:3]
    assert [
        "has the role",
        "a turn failed and is tried again",
        "has lost the role",
        "stands by",
        "has the role",
        "works again",
        "gave the role back",
    ] == told.events


@pytest.mark.parametrize(
    "failure", [Err(StoreFailed("the database is away")), ValueError("a mistake of ours")]
)
async def test_a_turn_that_fails_is_told_and_tried_again(place: Place, told: Told, failure: object) -> None:
    """By value or by exception: later each time, told on the first, second and fourth time, and when it is over."""
    job = EverySecond(place.clock, [failure] * 5, every_ms=10)
    loop = place.loop(job, ms=60_000)
    await loop.run()

    pauses = [after - before for before, after in zip(job.turns, job.turns[1:], strict=False)]
    assert pauses[4] > pauses[2] > pauses[0] > 100
    assert [1, 2, 4] == [facts["failed"] for facts in told.of("a turn failed and is tried again")]
    assert [{"role": "monitor", "failed": 5}] == told.of("works again")
    assert (5, 0) == (loop.standing.failed, loop.standing.failed_row)
    assert {"store_failed": 5} == loop.standing.counts
    assert (5 if isinstance(failure, Exception) else 0) == len(told.of("a turn broke"))


async def test_a_database_that_is_away_is_waited_for(place: Place, told: Told) -> None:
    """Also while the role has not been taken yet; nothing is done meanwhile, and nothing ends."""
    place.store.plan(*[Fate.FAILED] * 3)
    job = EverySecond(place.clock)
    await place.loop(job, ms=30_000).run()

    assert job.turns[0] > NOON_MS
    assert ["a turn failed and is tried again"] * 2 + ["has the role"] == told.events[:3]
    assert "works again" in told.events


async def test_a_stop_ends_after_the_turn_that_is_under_way(place: Place) -> None:
    """It is not cut off, and no other is begun."""
    done: list[int] = []

    async def slow() -> Result[None, StoreFailed]:
        loop.bells.stop.set()
        loop.bells.ring()
        await asyncio.sleep(0)
        done.append(place.clock.now_ms())
        return Ok(None)

    job = EverySecond(place.clock, [Ok(None), slow])
    loop = place.loop(job, ms=60_000)
    await loop.run()

    assert [NOON_MS + 1_000] == done == job.turns[1:]
    assert await holder_of(place) is None


async def test_a_role_that_cannot_be_given_back_ends_by_itself(place: Place, told: Told) -> None:
    """The database is away when we go; that is said, and the process goes."""

    async def last() -> Result[None, StoreFailed]:
        place.store.plan(Fate.FAILED)
        loop.bells.stop.set()
        return Ok(None)

    loop = place.loop(EverySecond(place.clock, [last]), ms=60_000)
    await loop.run()

    assert "the role was not given back: it is free when its lease ends" == told.events[-1]
    assert "one" == await holder_of(place)


async def test_a_bell_brings_the_next_turn_forward(place: Place) -> None:
    """What there is to do now does not wait for the poll."""
    job = EverySecond(place.clock, every_ms=60_000)

    async def rung() -> Result[None, StoreFailed]:
        if len(job.turns) < 3:
            loop.bells.ring()
            job.does.append(rung)
        return Ok(None)

    job.does.append(rung)
    loop = place.loop(job, ms=10_000, role="")
    await loop.run()

    assert [NOON_MS] * 3 == job.turns
    assert [place.store] * 3 == job.stores
