"""Single flight: whoever asks for what is being loaded already waits for that load instead of starting another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import attrs

T = TypeVar("T")


@attrs.define(eq=False)
class Flight:
    """One load on its way. `dropped`: it was forgotten meanwhile, so that its answer must not be kept."""

    landed: asyncio.Future[Any]
    dropped: bool = False


@attrs.define
class Flights:
    """The loads on their way, by kind and name."""

    _flying: dict[str, dict[str, Flight]] = attrs.field(factory=dict, init=False)

    async def share(self, kind: str, name: str, load: Callable[[Flight], Awaitable[T]]) -> T:
        """The answer of the load that is on its way, else of `load`; an exception goes to all who wait.

        Where the one who loads gives up, the next of those who wait loads in his place.
        """
        flying = self._flying.setdefault(kind, {})
        while (flight := flying.get(name)) is not None:
            await asyncio.wait([flight.landed])
            if not flight.landed.cancelled():
                return cast(T, flight.landed.result())
        flight = flying[name] = Flight(asyncio.get_running_loop().create_future())
        try:
            answer = await load(flight)
            flight.landed.set_result(answer)
        except Exception as error:
            flight.landed.set_exception(error)
            flight.landed.exception()  # perhaps nobody else waits for it
            raise
        finally:
            flight.landed.cancel()  # changes nothing where it has landed
            if flying.get(name) is flight:
                del flying[name]
        return answer

    def drop(self, kind: str, *names: str) -> None:
        """Whoever asks from now on waits for a new load; those who wait already get theirs."""
        flying = self._flying.get(kind, {})
        for name in names:
            flight = flying.pop(name, None)
            if flight is not None:
                flight.dropped = True

    def drop_kind(self, kind: str) -> None:
        """The same for all loads of a kind."""
        self.drop(kind, *self._flying.get(kind, {}))
