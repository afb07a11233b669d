"""HTTP over loopback: whole answers within a deadline, and a value for everything that can go wrong."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from rooms_core.result import Err, Ok, Result
from rooms_core.testing.clock import NOON_MS
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.http import CONNECTIONS, HttpTransport
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.transport import Reply

MOST = 2**20
Asked = Result[Reply, Timeout | Unreachable | Malformed]


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """The feeds on loopback."""
    async with FeedServer(GeneratedFeeds(7), RunningClock(NOON_MS)) as running:
        yield running


async def ask(address: str, *, within_ms: int = 30_000, path: str = "/api/v5/market/tickers") -> Asked:
    """One GET with a header of our own."""
    line = HttpTransport(address, connect_ms=500, body_most=MOST)
    try:
        return await line.get(path, (("instType", "SPOT"),), {"x-own": "ours"}, within_ms=within_ms)
    finally:
        await line.close()


async def test_an_answer_is_whole_and_unpacked(server: FeedServer) -> None:
    """Packed on the way where that pays; headers by their lower-case names."""
    match await ask(server.address("binance"), path="/api/v3/ticker/bookTicker"):
        case Ok(reply):
            assert (200, "4") == (reply.status, reply.headers["x-mbx-used-weight-1m"])
            assert reply.body.startswith(b'[{"symbol":')
        case Err(why):
            pytest.fail(str(why))
    assert "ours" == server.seen_headers["binance"]["x-own"]
    assert "rooms-oracle" == server.seen_headers["binance"]["user-agent"]


@pytest.mark.parametrize(
    "fault, why",
    [
        (Fault.TIMEOUT, Timeout()),
        (Fault.DRIP, Timeout()),
        (Fault.CUT, Malformed("the body is cut short")),
        (Fault.HANG_UP, Unreachable("RemoteProtocolError")),
        (Fault.HUGE, Malformed(f"a body of more than {MOST} bytes")),
        (Fault.BOMB, Malformed(f"a body of more than {MOST} bytes")),
    ],
)
async def test_a_fault_of_the_wire_is_a_value(
    server: FeedServer, fault: Fault, why: Timeout | Unreachable | Malformed
) -> None:
    """A feed that drips has as little time for its last byte as for its first."""
    server.faults["okx"] = fault
    within_ms = 150 if isinstance(why, Timeout) else 30_000
    begun = monotonic()

    assert Err(why) == await ask(server.address("okx"), within_ms=within_ms)
    assert not isinstance(why, Timeout) or monotonic() - begun < 2


@pytest.mark.parametrize(
    "fault", [Fault.TIMEOUT, Fault.DRIP, Fault.CUT, Fault.HUGE], ids=lambda fault: fault.name
)
async def test_connections_that_were_given_up_are_given_back(server: FeedServer, fault: Fault) -> None:
    """After more calls in vain than there are connections, the next one is answered."""
    line = HttpTransport(server.address("okx"), connect_ms=5_000, body_most=MOST)

    async def get(within_ms: int) -> Asked:
        return await line.get("/api/v5/market/tickers", (), {}, within_ms=within_ms)

    server.faults["okx"] = fault
    failed = await asyncio.gather(*[get(150) for _ in range(2 * CONNECTIONS)])
    del server.faults["okx"]
    answered = await get(30_000)
    await line.close()

    assert all(isinstance(each, Err) for each in failed)
    assert isinstance(answered, Ok)


async def test_a_redirect_is_not_followed(server: FeedServer) -> None:
    """A feed's host comes from the settings and from nowhere else."""
    server.faults["okx"] = Fault.REDIRECT

    match await ask(server.address("okx")):
        case Ok(reply):
            assert 302 == reply.status
        case Err(why):
            pytest.fail(str(why))


async def test_where_nobody_listens_there_is_no_connection() -> None:
    """It is told by its kind, and without the address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        assert Err(Unreachable("ConnectError")) == await ask(f"http://127.0.0.1:{port}")


async def test_a_host_over_tls_is_asked_for_its_name() -> None:
    """Somebody who cannot say who he is gets nothing: here, a server that does not even speak TLS."""
    async with FeedServer(GeneratedFeeds(7), RunningClock(NOON_MS)) as server:
        answered = await ask(server.address("okx").replace("http:", "https:"))

    assert answered in (Err(Unreachable("ConnectError")), Err(Timeout()))
