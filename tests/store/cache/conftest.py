"""What the tests of the cache share: a cache that is asked with little patience, and servers that are no Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count

import attrs
import pytest

from rooms_core.ports.cache import Cache, Shelf
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_store.cache.valkey import ValkeyCache, open_valkey
from rooms_store.testing.valkey_server import ValkeyServer

PAUSE_MS = 5_000
_SEEDS = count()

Opening = Callable[..., AbstractAsyncContextManager[ValkeyCache]]
"""Opens a cache; `url`, `prefix`, `key` and `deadline_ms` can be given."""


async def shown(cache: Cache, shelf: Shelf[bytes], *names: str) -> list[bytes | None]:
    """What is kept by these names."""
    found: list[bytes | None] = []
    for name in names:
        kept = await cache.get(shelf, name)
        found.append(kept)
    return found


@pytest.fixture
def words() -> Shelf[bytes]:
    """A shelf of any bytes."""
    return Shelf(kind="word", life_ms=10_000, write=bytes, read=bytes)


@pytest.fixture
def prefix() -> str:
    """A corner of the server of one's own."""
    return f"test{next(_SEEDS)}"


@pytest.fixture
def opening(valkey_server: ValkeyServer, clock: ManualClock, prefix: str) -> Opening:
    """Opens caches on the worker's server, each with chance of its own, as in a process of its own."""
    shared = prefix

    @asynccontextmanager
    async def opened(
        url: str = valkey_server.url, *, prefix: str = shared, key: bytes = b"", deadline_ms: int = 20_000
    ) -> AsyncIterator[ValkeyCache]:
        rng = SeededRng(next(_SEEDS))
        async with open_valkey(
            url, clock, rng, prefix=prefix, key=key, deadline_ms=deadline_ms, pause_ms=PAUSE_MS
        ) as cache:
            yield cache

    return opened


@attrs.define
class Impostor:
    """Something that listens where a Valkey should. `heard` counts who came."""

    url: str
    heard: int = 0


@asynccontextmanager
async def listening(says: bytes) -> AsyncIterator[Impostor]:
    """A server that answers whatever it is sent with `says`, or nothing."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        impostor.heard += 1
        while await reader.read(65_536):
            writer.write(says)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    impostor = Impostor(f"valkey://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    try:
        yield impostor
    finally:
        for writer in writers:
            writer.close()
        server.close()
        await server.wait_closed()


@pytest.fixture
def impostors() -> Callable[[bytes], AbstractAsyncContextManager[Impostor]]:
    """Opens servers that are no Valkey."""
    return listening
