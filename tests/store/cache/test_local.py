"""The cache of one process stays small; what it promises is told in tests/contracts/test_cache.py."""

from __future__ import annotations

import subprocess
import sys

from tests.store.cache.conftest import shown

from rooms_core.ports.cache import Shelf
from rooms_core.testing.clock import ManualClock
from rooms_store.cache.local import LocalCache


async def test_the_value_longest_unused_leaves_first(clock: ManualClock, words: Shelf[bytes]) -> None:
    """Showing one is using it, and keeping it again too."""
    cache = LocalCache(clock=clock, values_max=3)
    for name in ("a", "b", "c"):
        await cache.put(words, name, name.encode())
    await cache.put(words, "b", b"b")
    assert b"a" == await cache.get(words, "a")
    await cache.put(words, "d", b"d")

    assert [b"a", b"b", None, b"d"] == await shown(cache, words, "a", "b", "c", "d")


async def test_bytes_are_counted(clock: ManualClock, words: Shelf[bytes]) -> None:
    """Large values make room sooner; one that is larger than all the room is not kept."""
    cache = LocalCache(clock=clock, bytes_max=10)
    await cache.put(words, "a", b"12345")
    await cache.put(words, "b", b"12345")
    await cache.put(words, "a", b"123")
    assert [b"123", b"12345"] == await shown(cache, words, "a", "b")
    await cache.put(words, "c", b"12345")
    assert [None, b"12345", b"12345"] == await shown(cache, words, "a", "b", "c")
    await cache.put(words, "d", b"12345678901")
    assert [None] * 4 == await shown(cache, words, "a", "b", "c", "d")
    await cache.put(words, "e", b"1234567890")

    assert b"1234567890" == await cache.get(words, "e")


async def test_room_that_was_forgotten_is_free(clock: ManualClock, words: Shelf[bytes]) -> None:
    """By name or by kind."""
    cache = LocalCache(clock=clock, bytes_max=10)
    await cache.put(words, "a", b"1234567890")
    await cache.forget_kind(words.kind)
    await cache.put(words, "b", b"12345")
    await cache.forget(words.kind, "b")
    await cache.put(words, "c", b"12345")
    await cache.put(words, "d", b"12345")

    assert [b"12345", b"12345"] == await shown(cache, words, "c", "d")


async def test_one_kind_does_not_crowd_out_another(clock: ManualClock, words: Shelf[bytes]) -> None:
    """Whoever asks for a thousand rooms leaves the prices where they are."""
    cache = LocalCache(clock=clock, values_max=2)
    others = Shelf(kind="other", life_ms=10_000, write=bytes, read=bytes)
    await cache.put(words, "a", b"a")
    for name in map(str, range(10)):
        await cache.put(others, name, b"x")

    assert b"a" == await cache.get(words, "a")


def test_it_needs_no_client_of_valkey() -> None:
    """The extra is for those who have several processes."""
    program = "import sys; sys.modules['valkey'] = None; import rooms_store.cache.forgetting, rooms_store.cache.local"

    assert b"" == subprocess.check_output([sys.executable, "-c", program], stderr=subprocess.STDOUT)
