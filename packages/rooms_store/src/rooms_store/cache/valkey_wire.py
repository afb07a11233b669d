"""The door to Valkey: few commands, each within a deadline, and the only place where its exceptions are seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar, cast

import attrs
from valkey.asyncio import ConnectionPool, Valkey
from valkey.exceptions import ResponseError, ValkeyError

from rooms_core.ports.clock import Clock
from rooms_core.result import Err, Ok, Result
from rooms_store.cache.circuit import Circuit
from rooms_store.cache.envelope import LEASE_MS

T = TypeVar("T")

VENDOR: Final = (ValkeyError, OSError, TimeoutError, EOFError, ValueError, RecursionError)
"""What the client raises: the last three where something else than a Valkey answers."""

CONNECTIONS: Final = 8

_FILL: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return false
"""
"""Put a value in the place of our own lease; where that is gone, the value may be older than what ended it."""

_RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


@attrs.frozen
class CacheFailed:
    """The server did not do it. `silent`: it did not answer at all, and is not asked again for a while."""

    message: str
    silent: bool


def failed(error: Exception) -> CacheFailed:
    """The failure that a vendor's exception means."""
    return CacheFailed(f"{type(error).__name__}: {error}", silent=not isinstance(error, ResponseError))


@attrs.define(kw_only=True)
class ValkeyWire:
    """What the cache asks of a Valkey or Redis server. No call takes longer than `deadline_ms`, its turn included."""

    client: Valkey
    clock: Clock
    circuit: Circuit
    deadline_ms: int
    _turns: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(CONNECTIONS), init=False)

    async def look(self, epoch: str, key: str, limit: int) -> Result[list[object], CacheFailed]:
        """The first bytes of both keys, at most `limit`, none where there is nothing; an error for a foreign type."""

        async def call() -> list[object]:
            async with self.client.pipeline(transaction=False) as both:
                both.getrange(epoch, 0, limit)
                both.getrange(key, 0, limit)
                return list(await both.execute(raise_on_error=False))

        return await self._ask(call)

    async def lease(self, key: str, lease: bytes, *, by_force: bool) -> bool:
        """Mark a key as being loaded; `by_force` over whatever lies there. False where somebody was quicker."""
        answer = await self._ask(lambda: self.client.set(key, lease, px=LEASE_MS, nx=not by_force))
        return isinstance(answer, Ok) and bool(answer.value)

    async def fill(self, key: str, lease: bytes, value: bytes, life_ms: int) -> None:
        """Put a value in the place of our lease, if that is still there."""
        values: list[Any] = [lease, value, life_ms]
        await self._ask(lambda: cast(Awaitable[object], self.client.eval(_FILL, 1, key, *values)))

    async def release(self, key: str, lease: bytes) -> None:
        """Give our lease back, if it is still there: another may load at once."""
        values: list[Any] = [lease]
        await self._ask(lambda: cast(Awaitable[object], self.client.eval(_RELEASE, 1, key, *values)))

    async def put(self, key: str, value: bytes, life_ms: int) -> None:
        """Put a value, whatever was there."""
        await self._ask(lambda: self.client.set(key, value, px=life_ms))

    async def forget(self, *keys: str) -> None:
        """Take these away, leases too."""
        await self._ask(lambda: self.client.unlink(*keys))

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> Result[T, CacheFailed]:
        if not self.circuit.allows(self.clock.now_ms()):
            return Err(CacheFailed("not asked: it did not answer a moment ago", silent=True))
        asked = False
        try:
            async with asyncio.timeout(self.deadline_ms / 1_000), self._turns:
                asked = True
                answer = await call()
        except VENDOR as error:
            failure = failed(error)
            if not failure.silent:
                self.circuit.answered()
            elif asked:  # whoever did not even get his turn knows nothing of the server
                self.circuit.failed(self.clock.now_ms())
            return Err(failure)
        self.circuit.answered()
        return Ok(answer)


@asynccontextmanager
async def open_wire(url: str, clock: Clock, *, deadline_ms: int, pause_ms: int) -> AsyncIterator[ValkeyWire]:
    """A wire to `valkey://host:port/0`, `valkeys://…` (TLS) or `unix://path`; nothing is connected until it is used.

    Raises ValueError for another scheme.
    """
    seconds = deadline_ms / 1_000
    pool = ConnectionPool.from_url(
        url, max_connections=CONNECTIONS, socket_timeout=seconds, socket_connect_timeout=seconds
    )
    client = Valkey.from_pool(pool)
    try:
        yield ValkeyWire(
            client=client, clock=clock, circuit=Circuit(pause_ms=pause_ms), deadline_ms=deadline_ms
        )
    finally:
        with suppress(*VENDOR):  # a server that is dead already need not be told that we go
            async with asyncio.timeout(seconds):
                await client.aclose()
