"""A line on which time passes as slowly as on a slow clock, so that a busy machine meets its deadlines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rooms_core.result import Result
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.http import HttpTransport
from rooms_oracle.settings import FeedSettings
from rooms_oracle.transport import Params, Reply, Transport


@dataclass(frozen=True, slots=True)
class SlowLine:
    """Implements `transport.Transport` over another: each ms of a deadline lasts `slower` ms of the machine's."""

    line: Transport
    slower: int

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """The other line's answer."""
        return await self.line.get(path, params, headers, within_ms=within_ms * self.slower)

    async def close(self) -> None:
        """Close the other line."""
        await self.line.close()


def slow_lines(slower: int) -> Callable[[FeedSettings], Transport]:
    """Lines over HTTP for `open_feeds`, to be used with a `RunningClock` that is as slow."""

    def line(settings: FeedSettings) -> Transport:
        http = HttpTransport(
            settings.base_url, connect_ms=settings.connect_ms * slower, body_most=settings.body_most
        )
        return SlowLine(http, slower)

    return line
