"""The cache of several processes: a Valkey (or Redis) server that may be dead, slow or poisoned at any time.

A place holds a sealed value, or a lease while somebody loads it. The lease makes one process load for all, as far as
that costs nobody more than a moment; and because only the holder of a lease that still stands may fill its place,
what was forgotten during a load is not kept. There is no second layer in the process, so that forgetting here is
forgetting everywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Generic, TypeVar

import attrs

from rooms_core.ports.cache import LIFE_MAX_MS, VALUE_MAX, Shelf
from rooms_core.ports.clock import Clock
from rooms_core.ports.rng import Rng
from rooms_core.result import Err, Ok, Result
from rooms_store.cache.envelope import HEADER_MAX, Envelope, a_lease, is_epoch, leased
from rooms_store.cache.flights import Flight, Flights
from rooms_store.cache.valkey_wire import ValkeyWire, open_wire

T = TypeVar("T")
E = TypeVar("E")

DEADLINE_MS: Final = 50
PAUSE_MS: Final = 5_000
PATIENCE_MS: Final = (5, 10, 20)
"""After which pauses to look again whether another process has loaded; then one loads for oneself."""


@attrs.frozen
class _Seen(Generic[T]):
    """What lies in a place: a value, or None; then whether it is a lease, something foreign, or the server is silent.

    `epoch`: the present one of its kind.
    """

    value: T | None = None
    epoch: bytes = b""
    leased: bool = False
    foreign: bool = False
    silent: bool = False


@attrs.define(kw_only=True)
class ValkeyCache:
    """Implements `ports.cache.Cache`. `prefix` begins all keys, so that houses can share a server."""

    wire: ValkeyWire
    clock: Clock
    rng: Rng
    envelope: Envelope
    prefix: str
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _flights: Flights = attrs.field(factory=Flights, init=False)

    async def get(self, shelf: Shelf[T], name: str) -> T | None:
        """What lies there, if it is ours, whole and young enough."""
        return (await self._look(shelf, name)).value

    async def get_or_load(
        self, shelf: Shelf[T], name: str, load: Callable[[], Awaitable[Result[T, E]]]
    ) -> Result[T, E]:
        """What lies there, else the answer of one load for all who ask in this process."""

        async def fill(flight: Flight) -> Result[T, E]:
            seen = await self._awaited(shelf, name)
            if seen.value is not None:
                return Ok(seen.value)
            lease = await self._leased(shelf, name, seen)
            if lease is None:
                return await load()
            place, at_ms, closed = self._place(shelf.kind, name), self.clock.now_ms(), None
            try:
                answer = await load()
                if isinstance(answer, Ok) and not flight.dropped:
                    closed = self._closed(shelf, name, answer.value, epoch=seen.epoch, at_ms=at_ms)
            finally:
                if closed is None:
                    await self.wire.release(place, lease)
            if closed is not None:
                await self.wire.fill(place, lease, closed, shelf.life_ms)
            return answer

        return await self._flights.share(shelf.kind, name, fill)

    async def put(self, shelf: Shelf[T], name: str, value: T) -> None:
        """Put a value; whoever is loading an older one loses his lease by it."""
        self._flights.drop(shelf.kind, name)
        epoch = (await self._look(shelf, name)).epoch
        closed = self._closed(shelf, name, value, epoch=epoch, at_ms=self.clock.now_ms())
        if closed is None:
            await self.wire.forget(self._place(shelf.kind, name))
        else:
            await self.wire.put(self._place(shelf.kind, name), closed, shelf.life_ms)

    async def forget(self, kind: str, *names: str) -> None:
        """Take these away. Where the server does not hear it, they are shown for the rest of their lives."""
        self._flights.drop(kind, *names)
        if names:
            await self.wire.forget(*(self._place(kind, name) for name in names))

    async def forget_kind(self, kind: str) -> None:
        """A new epoch: what was put in another one opens to nothing. No list of keys is walked."""
        self._flights.drop_kind(kind)
        await self.wire.put(self._epoch(kind), self.rng.salt().hex().encode(), LIFE_MAX_MS)

    async def _awaited(self, shelf: Shelf[T], name: str) -> _Seen[T]:
        """What lies there once nobody is loading it, or after a moment."""
        seen = await self._look(shelf, name)
        for pause_ms in PATIENCE_MS:
            if not seen.leased:
                break
            await self.sleep(pause_ms / 1_000)
            seen = await self._look(shelf, name)
        return seen

    async def _leased(self, shelf: Shelf[T], name: str, seen: _Seen[T]) -> bytes | None:
        """Our lease on a place; None where another has one, or nobody answers."""
        if seen.leased or seen.silent:
            return None
        lease = a_lease(self.rng.salt().hex(), epoch=seen.epoch, at_ms=self.clock.now_ms())
        taken = await self.wire.lease(self._place(shelf.kind, name), lease, by_force=seen.foreign)
        return lease if taken else None

    async def _look(self, shelf: Shelf[T], name: str) -> _Seen[T]:
        place, now_ms = self._place(shelf.kind, name), self.clock.now_ms()
        looked = await self.wire.look(self._epoch(shelf.kind), place, VALUE_MAX + HEADER_MAX)
        if isinstance(looked, Err):
            return _Seen(silent=True)
        match looked.value:
            case [bytes(epoch), bytes(found)] if is_epoch(epoch):
                if leased(found, epoch=epoch, now_ms=now_ms):
                    return _Seen(epoch=epoch, leased=True)
                opened = self.envelope.opened(place, found, epoch=epoch, now_ms=now_ms, life_ms=shelf.life_ms)
                value = None if opened is None else shelf.read(opened)
                return _Seen(value, epoch, foreign=bool(found) and value is None)
            case [bytes(epoch), _] if is_epoch(epoch):
                return _Seen(epoch=epoch, foreign=True)
            case _:
                await self.wire.forget(self._epoch(shelf.kind))
                return _Seen(foreign=True)

    def _closed(self, shelf: Shelf[T], name: str, value: T, *, epoch: bytes, at_ms: int) -> bytes | None:
        """The value as it is put there, or None where it is too large to be kept."""
        written = shelf.write(value)
        if len(written) > VALUE_MAX:
            return None
        return self.envelope.closed(self._place(shelf.kind, name), written, epoch=epoch, at_ms=at_ms)

    def _place(self, kind: str, name: str) -> str:
        return f"{self.prefix}:{kind}:{name}"

    def _epoch(self, kind: str) -> str:
        """No kind has a colon, so that no place is called like this."""
        return f"{self.prefix}::{kind}"


@asynccontextmanager
async def open_valkey(
    url: str,
    clock: Clock,
    rng: Rng,
    *,
    prefix: str = "rooms",
    key: bytes = b"",
    deadline_ms: int = DEADLINE_MS,
    pause_ms: int = PAUSE_MS,
) -> AsyncIterator[ValkeyCache]:
    """A cache at `valkey://host:port/0`, `valkeys://…` (TLS) or `unix://path`; the server may come and go.

    `key` seals what is put there; a server that others can write to needs one. `deadline_ms` is the longest anybody
    waits for it, `pause_ms` how long it is left alone after that.
    """
    async with open_wire(url, clock, deadline_ms=deadline_ms, pause_ms=pause_ms) as wire:
        yield ValkeyCache(wire=wire, clock=clock, rng=rng, envelope=Envelope(key), prefix=prefix)
