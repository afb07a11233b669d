"""The promises of `ports.cache.Cache`, kept in this process and by a real Valkey alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import pytest

from rooms_core.ports.cache import LIFE_MAX_MS, VALUE_MAX, Cache, Shelf
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_store.cache.local import LocalCache
from rooms_store.cache.valkey import open_valkey
from rooms_store.testing.valkey_server import ValkeyServer

LIFE_MS = 10_000
PATIENT_MS = 20_000
"""These tests are about answers; how long one waits for a silent server is told in tests/store/cache."""

_NUMBERS = count()


def numbers_only(found: bytes) -> int | None:
    """A strict reader: canonical digits, else a miss."""
    return int(found) if found.isdigit() and b"%d" % int(found) == found else None


NUMBERS: Shelf[int] = Shelf(
    kind="number", life_ms=LIFE_MS, write=lambda number: b"%d" % number, read=numbers_only
)
OTHERS: Shelf[int] = Shelf(kind="other", life_ms=LIFE_MS, write=NUMBERS.write, read=NUMBERS.read)
TEXTS: Shelf[bytes] = Shelf(kind="number", life_ms=LIFE_MS, write=bytes, read=bytes)
"""A careless shelf on the same kind: writes what `NUMBERS` must not read."""


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture(params=["local", "valkey"])
async def cache(
    request: pytest.FixtureRequest, clock: ManualClock, valkey_server: ValkeyServer
) -> AsyncIterator[Cache]:
    """An empty cache."""
    if request.param == "local":
        yield LocalCache(clock=clock)
    else:
        prefix = f"contract{next(_NUMBERS)}"
        async with open_valkey(
            valkey_server.url, clock, SeededRng(), prefix=prefix, deadline_ms=PATIENT_MS
        ) as opened:
            yield opened


class Loader:
    """Loads what it is told to, when it is told to, and counts."""

    def __init__(self, *answers: Result[int, str], waits: bool = False) -> None:
        self.answers = list(answers)
        self.calls = 0
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        if not waits:
            self.go_on.set()

    async def __call__(self) -> Result[int, str]:
        """The next answer; the last one again and again."""
        self.calls += 1
        self.begun.set()
        await self.go_on.wait()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_what_is_not_there_is_a_miss(cache: Cache) -> None:
    """None, and nothing else happens; forgetting it is fine."""
    await cache.forget("number", "a")
    await cache.forget("number")
    await cache.forget_kind("number")

    assert None is await cache.get(NUMBERS, "a")


async def test_what_is_kept_is_shown_until_its_life_ends(cache: Cache, clock: ManualClock) -> None:
    """To the ms: 10 s for a price are 10 s."""
    await cache.put(NUMBERS, "a", 7)
    clock.advance(LIFE_MS - 1)
    assert 7 == await cache.get(NUMBERS, "a")
    clock.advance(1)

    assert None is await cache.get(NUMBERS, "a")


async def test_a_clock_set_back_far_makes_misses(cache: Cache, clock: ManualClock) -> None:
    """It never makes a long life."""
    await cache.put(NUMBERS, "a", 7)
    clock.advance(hours=-1)

    assert None is await cache.get(NUMBERS, "a")


async def test_names_and_kinds_are_kept_apart(cache: Cache) -> None:
    """The same name on another shelf is another place; a name may be any text."""
    await cache.put(NUMBERS, "a", 1)
    await cache.put(OTHERS, "a", 2)
    await cache.put(NUMBERS, "a:b ü\n", 3)

    assert (1, 2, 3, None) == (
        await cache.get(NUMBERS, "a"),
        await cache.get(OTHERS, "a"),
        await cache.get(NUMBERS, "a:b ü\n"),
        await cache.get(NUMBERS, "b"),
    )


async def test_loading_keeps_what_was_loaded(cache: Cache) -> None:
    """The second who asks gets it without a load."""
    load = Loader(Ok(7))

    assert [Ok(7), Ok(7)] == [await cache.get_or_load(NUMBERS, "a", load) for _ in range(2)]
    assert (1, 7) == (load.calls, await cache.get(NUMBERS, "a"))


async def test_a_value_lives_from_when_its_load_began(cache: Cache, clock: ManualClock) -> None:
    """A slow load does not make old news young."""

    async def slow() -> Result[int, str]:
        clock.advance(LIFE_MS - 1)
        return Ok(7)

    assert Ok(7) == await cache.get_or_load(NUMBERS, "a", slow)
    assert 7 == await cache.get(NUMBERS, "a")
    clock.advance(1)

    assert None is await cache.get(NUMBERS, "a")


async def test_many_who_ask_at_once_cause_one_load(cache: Cache) -> None:
    """Single flight: five hundred people open the same room."""
    load = Loader(Ok(7), waits=True)
    asking = [asyncio.ensure_future(cache.get_or_load(NUMBERS, "a", load)) for _ in range(500)]
    await load.begun.wait()
    load.go_on.set()

    assert [Ok(7)] * 500 == await asyncio.gather(*asking)
    assert 1 == load.calls


async def test_different_names_do_not_wait_for_each_other(cache: Cache) -> None:
    """One slow room holds up nobody else."""
    slow, quick = Loader(Ok(1), waits=True), Loader(Ok(2))
    asking = asyncio.ensure_future(cache.get_or_load(NUMBERS, "a", slow))
    await slow.begun.wait()

    assert Ok(2) == await cache.get_or_load(NUMBERS, "b", quick)
    slow.go_on.set()
    assert Ok(1) == await asking


async def test_a_refused_load_is_told_to_all_and_not_kept(cache: Cache) -> None:
    """The next who asks tries again."""
    load = Loader(Err("silent"), Ok(7), waits=True)
    asking = [asyncio.ensure_future(cache.get_or_load(NUMBERS, "a", load)) for _ in range(3)]
    await load.begun.wait()
    load.go_on.set()

    assert [Err("silent")] * 3 == await asyncio.gather(*asking)
    assert (1, None) == (load.calls, await cache.get(NUMBERS, "a"))
    assert Ok(7) == await cache.get_or_load(NUMBERS, "a", load)
    assert 7 == await cache.get(NUMBERS, "a")


async def test_an_exception_of_a_load_is_told_to_all(cache: Cache) -> None:
    """A bug is everybody's who waits for it, and no one's afterwards."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def broken() -> Result[int, str]:
        begun.set()
        await go_on.wait()
        raise LookupError("a bug")

    asking = [asyncio.ensure_future(cache.get_or_load(NUMBERS, "a", broken)) for _ in range(3)]
    await begun.wait()
    go_on.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert [LookupError] * 3 == [type(answer) for answer in answers]
    assert None is await cache.get(NUMBERS, "a")
    assert Ok(7) == await cache.get_or_load(NUMBERS, "a", Loader(Ok(7)))
    assert 7 == await cache.get(NUMBERS, "a")


async def test_who_gives_up_waiting_does_not_take_the_others_along(cache: Cache) -> None:
    """The first one goes away: the next loads in his place, and everybody is answered."""
    load = Loader(Ok(7), waits=True)
    asking = [asyncio.ensure_future(cache.get_or_load(NUMBERS, "a", load)) for _ in range(3)]
    await load.begun.wait()
    load.begun.clear()
    asking[0].cancel()
    await load.begun.wait()
    asking[2].cancel()
    load.go_on.set()

    assert Ok(7) == await asking[1]
    assert 2 == load.calls
    assert [True, True] == [
        isinstance(each, asyncio.CancelledError)
        for each in await asyncio.gather(asking[0], asking[2], return_exceptions=True)
    ]


@pytest.mark.parametrize(
    "forget",
    [
        lambda cache: cache.forget("number", "a", "b"),
        lambda cache: cache.forget_kind("number"),
    ],
    ids=["by name", "by kind"],
)
async def test_what_is_forgotten_is_loaded_again(
    cache: Cache, forget: Callable[[Cache], Awaitable[None]]
) -> None:
    """An event forgets a room; other shelves are not touched."""
    for name in ("a", "b"):
        await cache.put(NUMBERS, name, 1)
    await cache.put(OTHERS, "a", 2)
    await forget(cache)

    assert (None, None, 2) == (
        await cache.get(NUMBERS, "a"),
        await cache.get(NUMBERS, "b"),
        await cache.get(OTHERS, "a"),
    )
    assert Ok(3) == await cache.get_or_load(NUMBERS, "a", Loader(Ok(3)))
    assert 3 == await cache.get(NUMBERS, "a")


async def test_forgetting_some_leaves_the_rest(cache: Cache) -> None:
    """Only what was named."""
    await cache.put(NUMBERS, "a", 1)
    await cache.put(NUMBERS, "b", 2)
    await cache.forget("number", "a")

    assert (None, 2) == (await cache.get(NUMBERS, "a"), await cache.get(NUMBERS, "b"))


@pytest.mark.parametrize(
    "forget",
    [lambda cache: cache.forget("number", "a"), lambda cache: cache.forget_kind("number")],
    ids=["by name", "by kind"],
)
async def test_what_is_forgotten_while_it_loads_is_not_kept(
    cache: Cache, forget: Callable[[Cache], Awaitable[None]]
) -> None:
    """The load may have read the room as it was before the event: answered, not kept; later askers load anew."""
    old, new = Loader(Ok(1), waits=True), Loader(Ok(2))
    asking = asyncio.ensure_future(cache.get_or_load(NUMBERS, "a", old))
    await old.begun.wait()
    await forget(cache)
    later = await cache.get_or_load(NUMBERS, "a", new)
    old.go_on.set()

    assert (Ok(1), Ok(2)) == (await asking, later)
    assert 2 == await cache.get(NUMBERS, "a")


async def test_what_is_put_while_it_loads_stays(cache: Cache) -> None:
    """Who puts a value knows something newer than the load does."""
    old = Loader(Ok(1), waits=True)
    asking = asyncio.ensure_future(cache.get_or_load(NUMBERS, "a", old))
    await old.begun.wait()
    await cache.put(NUMBERS, "a", 2)
    old.go_on.set()

    assert Ok(1) == await asking
    assert 2 == await cache.get(NUMBERS, "a")


async def test_what_the_shelf_would_not_write_is_a_miss(cache: Cache) -> None:
    """A value of another shape in the same place, put there by somebody else, is loaded over."""
    await cache.put(TEXTS, "a", b"007")

    assert None is await cache.get(NUMBERS, "a")
    assert Ok(7) == await cache.get_or_load(NUMBERS, "a", Loader(Ok(7)))
    assert 7 == await cache.get(NUMBERS, "a")


async def test_a_value_too_large_is_answered_and_not_kept(cache: Cache) -> None:
    """Nothing else has to make room for it, and what it replaces is gone."""
    await cache.put(TEXTS, "a", b"x" * VALUE_MAX)
    assert b"x" * VALUE_MAX == await cache.get(TEXTS, "a")
    await cache.put(TEXTS, "a", b"x" * (VALUE_MAX + 1))

    async def huge() -> Result[bytes, str]:
        return Ok(b"y" * (VALUE_MAX + 1))

    assert None is await cache.get(TEXTS, "a")
    assert Ok(b"y" * (VALUE_MAX + 1)) == await cache.get_or_load(TEXTS, "b", huge)
    assert None is await cache.get(TEXTS, "b")


@pytest.mark.parametrize("kind, life_ms", [("", 1), ("a:b", 1), ("A", 1), ("a", 0), ("a", LIFE_MAX_MS + 1)])
def test_a_shelf_has_a_plain_name_and_a_life(kind: str, life_ms: int) -> None:
    """A colon would reach into another shelf, and nothing is shown for more than an hour."""
    with pytest.raises(ValueError, match=r"no kind|nothing is shown"):
        Shelf(kind=kind, life_ms=life_ms, write=bytes, read=bytes)
