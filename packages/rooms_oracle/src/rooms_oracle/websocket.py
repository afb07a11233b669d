"""The only place that knows the WebSocket library. Its exceptions end here; so does waiting without a limit.

No redirects, no proxies from the environment, nothing packed, and no message larger than is accepted. The library
answers the other side's pings; what we ask ourselves is asked in messages, so that the answer stands between them.
"""

from __future__ import annotations

import asyncio
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, Timeout, Unreachable
from rooms_oracle.http import trusted
from rooms_oracle.replies import refusal_of
from rooms_oracle.streams.line import Dial, Socket

MESSAGE_MOST: Final = 64 * 2**10
OPEN_MS: Final = 3_000
_CLOSE_SECONDS: Final = 0.5
_FAIR: Final = (1_000, 1_001)
"""Codes of an end that the other side wished."""


class _Straight(connect):
    """A connection to the address that was given, and to no other."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """A redirect is a refusal."""
        return exc


class WebSocket:
    """Implements `streams.line.Socket`."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, text: str, *, within_ms: int) -> FeedFailure | None:
        """Send a message; a connection that takes none for so long has ended."""
        try:
            async with asyncio.timeout(within_ms / 1000):
                await self._connection.send(text)
        except TimeoutError:
            return Timeout()
        except (OSError, WebSocketException) as error:
            return _failure(error)
        return None

    async def receive(self) -> Result[str, FeedFailure]:
        """The next message as text."""
        try:
            return Ok(await self._connection.recv(decode=True))
        except (OSError, UnicodeDecodeError, WebSocketException) as error:
            return Err(_failure(error))

    async def close(self) -> None:
        """Say good-bye, and do not wait for an answer for long; who does not even take the word is cut off."""
        try:
            async with asyncio.timeout(2 * _CLOSE_SECONDS):
                await self._connection.close()
        except TimeoutError:  # the library limits the wait for an answer, and not for room to write in
            self._connection.transport.abort()
            await self._connection.wait_closed()


def dialling(url: str, *, within_ms: int = OPEN_MS, message_most: int = MESSAGE_MOST) -> Dial:
    """How to open connections to an address: the whole handshake takes at most so many ms."""

    async def dial() -> Result[Socket, FeedFailure]:
        try:
            async with asyncio.timeout(within_ms / 1000):
                connection = await _Straight(
                    url,
                    compression=None,
                    user_agent_header="rooms-oracle",
                    proxy=None,
                    open_timeout=None,
                    ping_interval=None,
                    close_timeout=_CLOSE_SECONDS,
                    max_size=message_most,
                    ssl=trusted() if url.startswith("wss:") else None,
                )
        except TimeoutError:
            return Err(Timeout())
        except InvalidStatus as refused:
            status, headers = refused.response.status_code, refused.response.headers
            return Err(refusal_of(status, headers.get("Retry-After", "")) or HttpStatus(status))
        except (OSError, WebSocketException) as error:
            return Err(_failure(error))
        return Ok(WebSocket(connection))

    return dial


def _failure(error: Exception) -> FeedFailure:
    """A failure of the line by kind; never what it says, which may name the address."""
    if isinstance(error, ConnectionClosed):
        if error.sent is not None and error.rcvd is None and error.sent.code not in _FAIR:
            return Malformed(f"no message of a WebSocket ({error.sent.code})")
        return Unreachable("closed" if error.rcvd is None else f"closed with {error.rcvd.code}")
    if isinstance(error, OSError):
        return Unreachable(type(error).__name__)
    return Malformed(type(error).__name__)
