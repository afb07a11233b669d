"""The feed server asked without a network: the same answers, on a clock that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.transport import Params, Reply


@dataclass(frozen=True, slots=True)
class DirectLine:
    """Implements `transport.Transport` to one feed of a server. Faults of the wire are what a client makes of them."""

    server: FeedServer
    feed: str

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """The server's answer."""
        sent = await self.server.answer(f"/{self.feed}{path}?{urlencode(params)}", headers)
        match sent.fault:
            case Fault.TIMEOUT | Fault.DRIP:
                return Err(Timeout())
            case Fault.HANG_UP:
                return Err(Unreachable("hung up"))
            case Fault.CUT | Fault.HUGE | Fault.BOMB:
                return Err(Malformed(sent.fault.value))
            case _:
                return Ok(Reply(sent.status, sent.headers, sent.body))

    async def close(self) -> None:
        """There is nothing to give back."""
