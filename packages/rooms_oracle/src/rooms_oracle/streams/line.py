"""What the oracle needs of a WebSocket: texts out, texts in, and an end. `websocket` does it for real."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from rooms_core.result import Result
from rooms_oracle.failures import FeedFailure


class Socket(Protocol):
    """An open connection. Pings of the other side are answered beneath it."""

    async def send(self, text: str, *, within_ms: int) -> FeedFailure | None:
        """Send a message; what prevented it, if anything did. Never raises."""
        ...

    async def receive(self) -> Result[str, FeedFailure]:
        """The next message, however long it takes; Err for good when the connection has ended. Never raises."""
        ...

    async def close(self) -> None:
        """End it; whoever waits in `receive` comes back. May be called again."""
        ...


Dial: TypeAlias = Callable[[], Awaitable[Result[Socket, FeedFailure]]]
"""Opens a connection, within a time of its own. Never raises."""
