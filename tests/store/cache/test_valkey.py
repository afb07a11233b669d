"""Several processes on one Valkey: they load and forget for each other, and show only what is theirs."""

from __future__ import annotations

import asyncio

import pytest
from tests.store.cache.conftest import Opening, shown
from valkey.asyncio import Valkey

from rooms_core.ports.cache import VALUE_MAX, Shelf
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.clock import ManualClock
from rooms_store.cache.envelope import LEASE_MS, Envelope, a_lease

TOKEN = "0f" * 16


class Slow:
    """A load that takes until it is told to end, and counts."""

    def __init__(self, answer: bytes = b"7") -> None:
        self.answer = answer
        self.calls = 0
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self) -> Result[bytes, str]:
        """The answer, some time."""
        self.calls += 1
        self.begun.set()
        await self.go_on.wait()
        return Ok(self.answer)


async def quick() -> Result[bytes, str]:
    """A load that takes no time."""
    return Ok(b"8")


async def test_what_one_process_keeps_another_shows(opening: Opening, words: Shelf[bytes]) -> None:
    """And houses that share a server do not see each other's."""
    async with opening() as one, opening() as other, opening(prefix="another-house") as foreign:
        await one.put(words, "a", b"7")

        assert [b"7"] == await shown(other, words, "a")
        assert [None] == await shown(foreign, words, "a")


async def test_two_processes_that_ask_at_once_cause_one_load(opening: Opening, words: Shelf[bytes]) -> None:
    """The second sees that the first is loading, and looks again in a moment."""
    load, pauses = Slow(), list[float]()
    async with opening() as one, opening() as other:
        asking = asyncio.ensure_future(one.get_or_load(words, "a", load))
        await load.begun.wait()

        async def meanwhile(seconds: float) -> None:
            pauses.append(seconds)
            load.go_on.set()
            await asking

        other.sleep = meanwhile

        assert Ok(b"7") == await other.get_or_load(words, "a", quick)
    assert (1, [0.005]) == (load.calls, pauses)


async def test_nobody_waits_long_for_another_process(opening: Opening, words: Shelf[bytes]) -> None:
    """35 ms, then one loads for oneself; the one who has the lease keeps his answer all the same."""
    load, pauses = Slow(), list[float]()

    async def passing(seconds: float) -> None:
        pauses.append(seconds)

    async with opening() as one, opening() as other:
        other.sleep = passing
        asking = asyncio.ensure_future(one.get_or_load(words, "a", load))
        await load.begun.wait()
        assert Ok(b"8") == await other.get_or_load(words, "a", quick)
        load.go_on.set()

        assert Ok(b"7") == await asking
        assert [b"7"] == await shown(other, words, "a")
    assert [0.005, 0.01, 0.02] == pauses


async def test_a_process_that_dies_while_it_loads_holds_up_nobody_for_long(
    opening: Opening, words: Shelf[bytes], prefix: str, clock: ManualClock
) -> None:
    """Its lease ends, by the server's clock or by ours, and the next who loads keeps again."""
    async with opening() as cache:
        left = a_lease(TOKEN, epoch=b"", at_ms=clock.now_ms())
        await cache.wire.client.set(f"{prefix}:word:a", left, px=LEASE_MS)
        assert Ok(b"8") == await cache.get_or_load(words, "a", quick)
        assert [None] == await shown(cache, words, "a")

        await cache.wire.client.delete(f"{prefix}:word:a")
        assert Ok(b"8") == await cache.get_or_load(words, "a", quick)
        assert [b"8"] == await shown(cache, words, "a")

        await cache.wire.client.set(f"{prefix}:word:b", left)
        clock.advance(minutes=1)
        assert Ok(b"8") == await cache.get_or_load(words, "b", quick)
        assert [b"8"] == await shown(cache, words, "b")


async def test_a_load_that_outlasted_its_lease_is_not_kept_over_a_newer_one(
    opening: Opening, words: Shelf[bytes], prefix: str
) -> None:
    """Another process loaded meanwhile, and knows better."""
    load = Slow(b"old")
    async with opening() as one, opening() as other:
        asking = asyncio.ensure_future(one.get_or_load(words, "a", load))
        await load.begun.wait()
        await other.wire.client.delete(f"{prefix}:word:a")
        assert Ok(b"8") == await other.get_or_load(words, "a", quick)
        load.go_on.set()

        assert Ok(b"old") == await asking
        assert [b"8"] == await shown(one, words, "a")


@pytest.mark.parametrize("whole_kind", [False, True])
async def test_what_one_process_forgets_no_other_shows_or_keeps(
    opening: Opening, words: Shelf[bytes], whole_kind: bool
) -> None:
    """Neither what lies there nor what another is just loading."""
    load = Slow(b"old")
    async with opening() as one, opening() as other:
        await one.put(words, "a", b"old")
        asking = asyncio.ensure_future(one.get_or_load(words, "b", load))
        await load.begun.wait()
        if whole_kind:
            await other.forget_kind(words.kind)
        else:
            await other.forget(words.kind, "a", "b")
        load.go_on.set()

        assert Ok(b"old") == await asking
        assert [None, None] == await shown(one, words, "a", "b")


async def test_two_forget_a_kind_at_once(opening: Opening, words: Shelf[bytes]) -> None:
    """Each begins an epoch of its own; nothing older is shown afterwards."""
    async with opening() as one, opening() as other:
        await one.put(words, "a", b"7")
        await asyncio.gather(one.forget_kind(words.kind), other.forget_kind(words.kind))
        assert [None] == await shown(one, words, "a")
        await one.put(words, "a", b"8")

        assert [b"8"] == await shown(other, words, "a")


async def test_a_refused_load_lets_another_process_load_at_once(
    opening: Opening, words: Shelf[bytes]
) -> None:
    """The lease is given back."""

    async def refused() -> Result[bytes, str]:
        return Err("silent")

    async with opening() as one, opening() as other:
        assert Err("silent") == await one.get_or_load(words, "a", refused)
        assert Ok(b"8") == await other.get_or_load(words, "a", quick)
        assert [b"8"] == await shown(one, words, "a")


async def poisons(client: Valkey, place: str, at_ms: int) -> None:
    """Everything that somebody else might leave where our values lie, by name."""
    await client.rpush(f"{place}:list", "7")  # type: ignore[misc]
    await client.hset(f"{place}:hash", "a", "7")  # type: ignore[misc]
    sealed = Envelope().closed(f"{place}:whole", b"7", epoch=b"", at_ms=at_ms)
    for name, found in {
        "cut": sealed[:-1],
        "longer": sealed + b"7",
        "moved": sealed,
        "thousandfold": sealed[:-1] + b"7000",
        "version": sealed.replace(b"rooms/1", b"rooms/2"),
        "plain": b"7",
        "latin": "Zürich".encode("latin-1"),
        "huge": sealed + b"7" * (2 * VALUE_MAX),
        "past": Envelope().closed(f"{place}:past", b"7", epoch=b"", at_ms=at_ms - 10_000),
        "future": Envelope().closed(f"{place}:future", b"7", epoch=b"", at_ms=at_ms + 10_000),
        "epoch": Envelope().closed(f"{place}:epoch", b"7", epoch=b"00", at_ms=at_ms),
        "lease": a_lease(TOKEN, epoch=b"", at_ms=at_ms + 3_600_000),
        "whole": sealed,
    }.items():
        await client.set(f"{place}:{name}", found)


async def test_what_is_not_exactly_ours_is_a_miss_and_written_over(
    opening: Opening, words: Shelf[bytes], prefix: str, clock: ManualClock
) -> None:
    """Wrong types, cut, grown, moved, multiplied, of another version, not UTF-8, huge, too old, too young."""
    async with opening() as cache:
        await poisons(cache.wire.client, f"{prefix}:word", clock.now_ms())
        names = sorted(key.decode().rpartition(":")[2] for key in await cache.wire.client.keys(f"{prefix}:*"))
        assert 15 == len(names)
        assert {"whole": b"7"} == {
            name: value
            for name, value in zip(names, await shown(cache, words, *names), strict=True)
            if value is not None
        }
        for name in names:
            await cache.get_or_load(words, name, quick)

        others = [name for name in names if name != "whole"]
        assert [b"8"] * len(others) == await shown(cache, words, *others)


@pytest.mark.parametrize(
    "epoch", [b"no hexadecimal", b"0" * (2 * VALUE_MAX), ["a", "list"]], ids=["text", "huge", "list"]
)
async def test_a_poisoned_epoch_is_taken_away(
    opening: Opening, words: Shelf[bytes], prefix: str, epoch: bytes | list[str]
) -> None:
    """One miss, then all is well."""
    async with opening() as cache:
        await cache.put(words, "a", b"7")
        if isinstance(epoch, bytes):
            await cache.wire.client.set(f"{prefix}::word", epoch)
        else:
            await cache.wire.client.rpush(f"{prefix}::word", *epoch)  # type: ignore[misc]

        assert [None] == await shown(cache, words, "a")
        assert [b"7"] == await shown(cache, words, "a")


async def test_a_seal_with_a_key_tells_our_values_from_forged_ones(
    opening: Opening, words: Shelf[bytes]
) -> None:
    """Who can write to the server but does not know the key can only make misses."""
    async with opening(key=b"ours") as one, opening(key=b"ours") as other, opening() as forger:
        await one.put(words, "a", b"7")
        assert [b"7"] == await shown(other, words, "a")
        await forger.put(words, "a", b"7000")

        assert [None] == await shown(one, words, "a")
