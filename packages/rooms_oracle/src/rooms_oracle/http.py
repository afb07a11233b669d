"""The only place that knows the HTTP library. Its exceptions end here; so does waiting without a limit.

One client for each feed, so that a slow one holds nobody else's connections. No redirects, no proxies or passwords
from the environment; bodies are read piece by piece up to the most that is accepted.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Final

import httpx

from rooms_core.result import Err, Ok, Result
from rooms_oracle.bodies import Body
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.transport import Params, Reply

CONNECTIONS: Final = 10
_HEADERS: Final = {"User-Agent": "rooms-oracle", "Accept": "application/json", "Accept-Encoding": "gzip"}


class HttpTransport:
    """Implements `transport.Transport` for one base address."""

    def __init__(self, base_url: str, *, connect_ms: int, body_most: int) -> None:
        self._most = body_most
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers=_HEADERS,
            timeout=httpx.Timeout(None, connect=connect_ms / 1000),
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=30),
            follow_redirects=False,
            verify=trusted() if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            trust_env=False,
        )

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """One GET; the deadline counts from now to the last byte."""
        answered = False
        try:
            async with (
                asyncio.timeout(within_ms / 1000),
                self._client.stream("GET", path, params=params, headers=dict(headers)) as response,
            ):
                answered = True
                return await self._read(response)
        except (TimeoutError, httpx.TimeoutException):
            return Err(Timeout())
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            # Not what it says: it may name the address. Once an answer has begun, a lost connection cut it short.
            return Err(Malformed("the body is cut short") if answered else Unreachable(type(error).__name__))

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _read(self, response: httpx.Response) -> Result[Reply, Malformed]:
        body = Body(response.headers.get("content-encoding", ""), self._most)
        async for piece in response.aiter_raw():
            if not body.add(piece):
                break
        match body.whole():
            case Ok(whole):
                return Ok(Reply(response.status_code, dict(response.headers), whole))
            case Err(why):
                return Err(why)


@cache
def trusted() -> ssl.SSLContext:
    """Whom we believe to be who he says; read once, as it takes long."""
    return httpx.create_ssl_context(trust_env=False)
