"""The door to WebSockets: every way a connection can fail is a failure by kind, and never an exception."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from rooms_core.result import Err, Ok
from rooms_core.testing.clock import NOON_MS
from rooms_oracle.failures import (
    FeedFailure,
    HttpStatus,
    Malformed,
    SwitchedOff,
    Throttled,
    Timeout,
    Unreachable,
)
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.streams.line import Socket
from rooms_oracle.streams.okx import OkxStream
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.frames import TEXT, accepted, frame
from rooms_oracle.testing.stream_faults import StreamFault
from rooms_oracle.websocket import dialling


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A market that streams often."""
    async with FeedServer(GeneratedFeeds(7), RunningClock(NOON_MS)) as running:
        running.streams.push_seconds = 0.01
        yield running


def url(server: FeedServer) -> str:
    """Where OKX streams."""
    return server.address("okx").replace("http", "ws")


async def opened(server: FeedServer) -> Socket:
    """A connection to OKX, subscribed to SOL."""
    dialled = await dialling(url(server))()
    assert isinstance(dialled, Ok)
    assert await dialled.value.send(OkxStream().subscribe(["SOL-USDT"], 1), within_ms=1_000) is None
    return dialled.value


async def end_of(line: Socket) -> FeedFailure:
    """Read until it ends."""
    async with asyncio.timeout(10):
        while True:
            said = await line.receive()
            if isinstance(said, Err):
                return said.why


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The server's part of a handshake, by hand."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = next(line for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
    hand = "HTTP/1.1 101 Said\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: "
    writer.write((hand + accepted(key.partition(": ")[2]) + "\r\n\r\n").encode())


async def test_texts_go_both_ways(server: FeedServer) -> None:
    """And after the end there is a failure, again and again."""
    line = await opened(server)
    said = [await line.receive() for _ in range(3)]
    await line.close()
    await line.close()

    assert all(isinstance(each, Ok) for each in said)
    assert isinstance(await end_of(line), Unreachable)
    assert isinstance(await end_of(line), Unreachable)
    assert isinstance(await line.send("x", within_ms=100), Unreachable)


@pytest.mark.parametrize(
    "fault, failure",
    [
        (StreamFault.FORBIDDEN, SwitchedOff(403)),
        (StreamFault.NOT_HERE, SwitchedOff(451)),
        (StreamFault.THROTTLED, Throttled(7_000)),
        (StreamFault.BUSY, HttpStatus(503)),
        (StreamFault.REDIRECT, HttpStatus(302)),
        (StreamFault.NO_ANSWER, Timeout()),
        (StreamFault.HANG_UP, Malformed("InvalidMessage")),
    ],
)
async def test_a_handshake_that_fails_is_named(
    server: FeedServer, fault: StreamFault, failure: FeedFailure
) -> None:
    """By its status, or by what was missing; a redirect is not followed."""
    server.streams.faults["okx"] = fault

    assert Err(failure) == await dialling(url(server), within_ms=300)()


async def test_nobody_there_is_unreachable() -> None:
    """Refused, or no address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        found = await dialling(f"ws://127.0.0.1:{port}")()

    assert Err(Unreachable("ConnectionRefusedError")) == found


@pytest.mark.parametrize(
    "fault, failure",
    [
        (StreamFault.CUT, Unreachable("closed")),
        (StreamFault.GARBAGE, Malformed("no message of a WebSocket (1002)")),
        (StreamFault.HUGE, Malformed("no message of a WebSocket (1009)")),
        (StreamFault.DISCONNECTS, Unreachable("closed")),
    ],
)
async def test_an_end_is_named(server: FeedServer, fault: StreamFault, failure: FeedFailure) -> None:
    """What broke the protocol is malformed, what merely ended is unreachable."""
    line = await opened(server)
    server.streams.faults["okx"] = fault
    ended = await end_of(line)
    await line.close()

    assert failure == ended


async def test_bytes_that_are_no_text_end_it() -> None:
    """UTF-8 or nothing."""
    done = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        writer.write(frame(TEXT, b"\xff\xfe"))
        await writer.drain()
        await done.wait()
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    dialled = await dialling(f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}")()
    assert isinstance(dialled, Ok)
    asyncio.get_running_loop().call_later(0.3, done.set)
    ended = await end_of(dialled.value)
    await dialled.value.close()
    listening.close()
    await listening.wait_closed()

    assert Malformed("no message of a WebSocket (1007)") == ended


async def test_a_connection_that_takes_nothing_has_ended() -> None:
    """Who reads no more of us is not waited for: a message is given up after its time, and so is the good-bye."""
    done = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        await done.wait()
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    dialled = await dialling(f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}")()
    assert isinstance(dialled, Ok)
    more_than_any_buffer = "x" * (64 * 2**20)
    failed = await dialled.value.send(more_than_any_buffer, within_ms=300)
    async with asyncio.timeout(10):
        await dialled.value.close()
    again = await dialled.value.send("x", within_ms=300)
    done.set()
    listening.close()
    await listening.wait_closed()

    assert Timeout() == failed
    assert isinstance(again, Unreachable)
