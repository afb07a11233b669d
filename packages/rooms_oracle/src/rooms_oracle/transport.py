"""What the oracle needs of HTTP: one GET with a deadline, and a way to wait. `http` and `pace` do it for real."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from rooms_core.result import Result
from rooms_oracle.failures import Malformed, Timeout, Unreachable

Params = tuple[tuple[str, str], ...]


class Reply(NamedTuple):
    """A whole answer: status, headers by lower-case name, and the body, unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """A line to one host."""

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """One GET, its whole answer within so many ms, redirects not followed. Never raises."""
        ...

    async def close(self) -> None:
        """Give its connections back."""
        ...


class Pace(Protocol):
    """Waiting, as a port: so that a test on a virtual clock decides how long that takes."""

    async def until(self, at_ms: int) -> None:
        """Come back at a time of the clock, at once if it has passed."""
        ...
