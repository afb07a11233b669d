"""What is shown again and again, kept for a while, as a port. A cache never decides: services may not even import it.

Nobody waits for a cache and nobody is failed by it. An operation that it cannot do within its deadline is a miss, a
value that is not exactly what its shelf writes is a miss, and whatever was loaded is answered whether it could be
kept or not.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from rooms_core.result import Result

T = TypeVar("T")
E = TypeVar("E")

PRICE_LIFE_MS: Final = 10_000
"""How long a price may be shown (decision R5)."""
ROOM_LIFE_MS: Final = 60_000
"""How long a room may be shown (decision R5), unless an event forgets it earlier."""
LIFE_MAX_MS: Final = 3_600_000
VALUE_MAX: Final = 262_144
"""Larger values, in bytes, are not kept."""

_KIND: Final = re.compile(r"[a-z][a-z_]{0,30}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf(Generic[T]):
    """One kind of value: for how many ms it may be shown, and how it is written and read.

    What is kept is bytes: in a shared cache anybody may have put them there, so that `read` answers None for all that
    `write` would not have written. Raises ValueError for a kind that is no lower-case word, or a life beyond an hour.
    """

    kind: str
    life_ms: int
    write: Callable[[T], bytes]
    read: Callable[[bytes], T | None]

    def __post_init__(self) -> None:
        if _KIND.fullmatch(self.kind) is None:
            raise ValueError(f"no kind of value is called {self.kind!r}")
        if not 0 < self.life_ms <= LIFE_MAX_MS:
            raise ValueError(f"nothing is shown for {self.life_ms} ms")


class Cache(Protocol):
    """Keeps values by kind and name, for as long as their shelf says and room is left."""

    async def get(self, shelf: Shelf[T], name: str) -> T | None:
        """What is kept, no older than the shelf's life; None is a miss."""
        ...

    async def get_or_load(
        self, shelf: Shelf[T], name: str, load: Callable[[], Awaitable[Result[T, E]]]
    ) -> Result[T, E]:
        """What is kept, else what `load` answers. All who ask meanwhile share one load; they wait for it, however slow.

        An `Err` or an exception goes to all of them and is not kept. Neither is what was being loaded when it was
        forgotten: it may be older than what made us forget.
        """
        ...

    async def put(self, shelf: Shelf[T], name: str, value: T) -> None:
        """Keep a value that is newer than whatever is kept or being loaded."""
        ...

    async def forget(self, kind: str, *names: str) -> None:
        """These are no longer true."""
        ...

    async def forget_kind(self, kind: str) -> None:
        """Nothing of this kind is true any more."""
        ...
