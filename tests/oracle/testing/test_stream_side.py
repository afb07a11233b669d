"""The streams of the feed server: who does not subscribe or answer is cut off, and faults are switched from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from rooms_core.testing.clock import NOON_MS
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.streams.okx import OkxStream
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.frames import CLOSE, PING, TEXT, frame, read_frame
from rooms_oracle.testing.stream_faults import StreamFault

HELLO = "GET /{} HTTP/1.1\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A generated market."""
    async with FeedServer(GeneratedFeeds(7), RunningClock(NOON_MS)) as running:
        yield running


async def connected(server: FeedServer, feed: str) -> Line:
    """A handshake by hand, with nothing after it."""
    port = int(server.address(feed).split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HELLO.format(feed).encode())
    return reader, writer


async def test_who_does_not_subscribe_is_sent_away(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After five seconds, as Coinbase does."""
    monkeypatch.setattr("rooms_oracle.testing.stream_side.UNSUBSCRIBED_SECONDS", 0.1)
    reader, writer = await connected(server, "coinbase")
    head = await reader.readuntil(b"\r\n\r\n")
    rest = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    assert head.startswith(b"HTTP/1.1 101")
    assert b"" == rest


async def test_who_does_not_answer_pings_is_cut_off(server: FeedServer) -> None:
    """As Binance does after a minute."""
    server.streams.ping_seconds = server.streams.pong_seconds = 0.1
    reader, writer = await connected(server, "binance")
    await reader.readuntil(b"\r\n\r\n")
    pinged = await read_frame(reader)
    rest = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    assert (PING, b"") == (pinged.code, rest)


async def test_a_good_bye_is_answered(server: FeedServer) -> None:
    """With the same code; and a feed without a stream has no handshake."""
    reader, writer = await connected(server, "okx")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(frame(CLOSE, b"\x03\xe8"))
    closed = await read_frame(reader)
    writer.close()
    other, unheard = await connected(server, "kraken")
    nothing = await asyncio.wait_for(other.read(), 10)
    unheard.close()

    assert (CLOSE, b"\x03\xe8") == closed
    assert b"" == nothing


async def test_a_frame_that_says_nothing_is_passed_over(server: FeedServer) -> None:
    """A client's ping is neither a text nor an answer: nothing is counted, and the talk goes on."""
    reader, writer = await connected(server, "okx")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(frame(PING, b"") + frame(TEXT, b"ping"))
    said = await read_frame(reader)
    writer.close()

    assert (TEXT, b"pong") == said
    assert (["ping"], 0) == (server.streams.heard["okx"], server.streams.pongs["okx"])


async def test_a_silent_stream_does_not_even_ping(server: FeedServer) -> None:
    """Half-open is half-open; when the fault is over it pings again."""
    server.streams.ping_seconds = 0.05
    server.streams.faults["binance"] = StreamFault.SILENT
    reader, writer = await connected(server, "binance")
    await reader.readuntil(b"\r\n\r\n")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read_frame(reader), 0.3)
    del server.streams.faults["binance"]
    pinged = await asyncio.wait_for(read_frame(reader), 10)
    writer.close()

    assert PING == pinged.code


async def test_a_long_line_brings_prices_later(server: FeedServer) -> None:
    """By its length; what is still under way when the connection ends is lost."""
    server.streams.push_seconds, server.streams.lag_seconds = 0.02, 0.3
    reader, writer = await connected(server, "okx")
    await reader.readuntil(b"\r\n\r\n")
    loop = asyncio.get_running_loop()
    begun = loop.time()
    writer.write(frame(TEXT, OkxStream().subscribe(["SOL-USDT"], 1).encode()))
    answered = await read_frame(reader)
    priced = await asyncio.wait_for(read_frame(reader), 10)
    took = loop.time() - begun
    writer.write(frame(CLOSE, b""))
    while (await read_frame(reader)).code != CLOSE:
        pass
    rest = await reader.read()
    await asyncio.sleep(2 * server.streams.lag_seconds)
    writer.close()

    assert b'"event"' in answered.body
    assert b'"last"' in priced.body
    assert took >= 0.3
    assert b"" == rest


async def test_faults_of_streams_are_switched_by_a_get(server: FeedServer) -> None:
    """Those of streams and those of prices; none that nobody knows, and no feed that has no stream."""
    for fault, found in [("SILENT", StreamFault.SILENT), ("ZERO", Fault.ZERO)]:
        assert 200 == (await server.answer(f"/switch/okx/stream/{fault}", {})).status
        assert {"okx": found} == server.streams.faults
    assert 200 == (await server.answer("/switch/okx/stream/NONE", {})).status
    assert {} == server.streams.faults
    assert 404 == (await server.answer("/switch/okx/stream/OTHER", {})).status
    assert 404 == (await server.answer("/switch/kraken/stream/SILENT", {})).status
    assert {} == server.faults
