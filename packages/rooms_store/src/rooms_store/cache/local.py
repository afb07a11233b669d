"""The cache of one process: a few thousand values of each kind, the one longest unused leaves first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs

from rooms_core.ports.cache import VALUE_MAX, Shelf
from rooms_core.ports.clock import Clock
from rooms_core.result import Ok, Result
from rooms_store.cache.flights import Flight, Flights

T = TypeVar("T")
E = TypeVar("E")


@attrs.frozen
class _Kept:
    at_ms: int
    value: bytes


@attrs.define(kw_only=True)
class LocalCache:
    """Implements `ports.cache.Cache`. Of each kind at most `values_max` values and `bytes_max` bytes are kept.

    It keeps bytes as a shared cache does, so that nothing shown can be changed by who was shown it.
    """

    clock: Clock
    values_max: int = 4_096
    bytes_max: int = 16 * 1024 * 1024
    _kinds: dict[str, OrderedDict[str, _Kept]] = attrs.field(factory=dict, init=False)
    _sizes: dict[str, int] = attrs.field(factory=dict, init=False)
    _flights: Flights = attrs.field(factory=Flights, init=False)

    async def get(self, shelf: Shelf[T], name: str) -> T | None:
        """What is kept and young enough. A clock that was set back makes misses, never long lives."""
        kind = self._kinds.get(shelf.kind, OrderedDict())
        kept = kind.get(name)
        if kept is None or not 0 <= self.clock.now_ms() - kept.at_ms < shelf.life_ms:
            return None
        kind.move_to_end(name)
        return shelf.read(kept.value)

    async def get_or_load(
        self, shelf: Shelf[T], name: str, load: Callable[[], Awaitable[Result[T, E]]]
    ) -> Result[T, E]:
        """What is kept, else the answer of one load for all who ask."""
        kept = await self.get(shelf, name)
        if kept is not None:
            return Ok(kept)

        async def fill(flight: Flight) -> Result[T, E]:
            at_ms = self.clock.now_ms()
            answer = await load()
            if isinstance(answer, Ok) and not flight.dropped:
                self._keep(shelf, name, answer.value, at_ms)
            return answer

        return await self._flights.share(shelf.kind, name, fill)

    async def put(self, shelf: Shelf[T], name: str, value: T) -> None:
        """Keep a value; what is being loaded is older and will not replace it."""
        self._flights.drop(shelf.kind, name)
        self._keep(shelf, name, value, self.clock.now_ms())

    async def forget(self, kind: str, *names: str) -> None:
        """These are no longer true."""
        self._flights.drop(kind, *names)
        for name in names:
            self._leave(kind, name)

    async def forget_kind(self, kind: str) -> None:
        """Nothing of this kind is true any more."""
        self._flights.drop_kind(kind)
        self._kinds.pop(kind, None)
        self._sizes.pop(kind, None)

    def _keep(self, shelf: Shelf[T], name: str, value: T, at_ms: int) -> None:
        """A value lives from when its load began: what it says may have been read right then."""
        self._leave(shelf.kind, name)
        written = shelf.write(value)
        if len(written) > VALUE_MAX:
            return
        kind = self._kinds.setdefault(shelf.kind, OrderedDict())
        kind[name] = _Kept(at_ms, written)
        self._sizes[shelf.kind] = self._sizes.get(shelf.kind, 0) + len(written)
        while len(kind) > self.values_max or self._sizes[shelf.kind] > self.bytes_max:
            self._leave(shelf.kind, next(iter(kind)))

    def _leave(self, kind: str, name: str) -> None:
        left = self._kinds.get(kind, OrderedDict()).pop(name, None)
        if left is not None:
            self._sizes[kind] -= len(left.value)
