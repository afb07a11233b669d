"""One load for all who wait; the contract of the port is told in tests/contracts/test_cache.py."""

from __future__ import annotations

import asyncio

import pytest

from rooms_store.cache.flights import Flight, Flights


async def test_nothing_is_left_of_a_load_that_has_ended() -> None:
    """However it ended: the next who asks loads."""
    flights = Flights()

    async def good(_flight: Flight) -> int:
        return 1

    async def bad(_flight: Flight) -> int:
        raise LookupError

    assert 1 == await flights.share("kind", "name", good)
    with pytest.raises(LookupError):
        await flights.share("kind", "name", bad)

    assert 1 == await flights.share("kind", "name", good)


async def test_a_dropped_load_does_not_end_the_one_that_followed_it() -> None:
    """It lands late, and whoever waits for the newer one still shares that."""
    flights, gates = Flights(), [asyncio.Event(), asyncio.Event()]
    seen: list[Flight] = []

    async def load(flight: Flight) -> int:
        seen.append(flight)
        place = len(seen)
        await gates[place - 1].wait()
        return place

    first = asyncio.ensure_future(flights.share("kind", "name", load))
    await asyncio.sleep(0)
    flights.drop("kind", "name", "another")
    second = asyncio.ensure_future(flights.share("kind", "name", load))
    await asyncio.sleep(0)
    gates[0].set()
    assert 1 == await first
    third = asyncio.ensure_future(flights.share("kind", "name", load))
    await asyncio.sleep(0)
    gates[1].set()

    assert [2, 2] == [await second, await third]
    assert [True, False] == [flight.dropped for flight in seen]
