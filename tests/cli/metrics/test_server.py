"""Metrics and health over HTTP: two addresses, one answer each, and nothing that could be done from outside."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.cli.loops.evening import COIN, WAIT_SECONDS, an_evening
from tests.cli.metrics.shown import a_process, of, read

from rooms_cli.metrics.server import serving
from rooms_cli.metrics.where import CannotServe, Where
from rooms_core.testing.clock import NOON_MS, ManualClock

HERE = Where("127.0.0.1", 0)
CANARY = "canary-that-sings-nowhere"


@pytest.fixture
def clock() -> ManualClock:
    """At noon."""
    return ManualClock()


@pytest.fixture
async def port(clock: ManualClock) -> AsyncIterator[int]:
    """A process that is served here."""
    async with serving(a_process(), clock, HERE) as taken:
        yield taken


async def ask(port: int, request: str) -> tuple[int, str]:
    """Send these bytes; the status and the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode("latin-1"))
    writer.write_eof()
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(head.split(" ")[1]), body


async def test_metrics_are_read_over_http(port: int) -> None:
    """As Prometheus asks for them; a query changes nothing, and HEAD has no body."""
    status, body = await ask(port, "GET /metrics?x=1 HTTP/1.1\r\nhost: here\r\n\r\n")

    assert 200 == status
    assert 9 == of(read(body), "rooms_ticks_accepted_total", instrument="SOL/USD")
    assert (200, "") == await ask(port, "HEAD /metrics HTTP/1.1\r\n\r\n")


async def test_health_is_a_status(port: int, clock: ManualClock) -> None:
    """200 while all is well; 503, and why, once the last turn is too old."""
    well = await ask(port, "GET /healthz HTTP/1.1\r\n\r\n")
    clock.set(NOON_MS + 600_000)
    status, body = await ask(port, "GET /healthz HTTP/1.1\r\n\r\n")

    assert (200, {"ok": True, "troubles": []}) == (well[0], json.loads(well[1]))
    assert 503 == status
    assert 2 == len(json.loads(body)["troubles"])


@pytest.mark.parametrize(
    "request_, status",
    [
        ("GET / HTTP/1.1\r\n\r\n", 404),
        ("GET /metrics/x HTTP/1.1\r\n\r\n", 404),
        ("POST /metrics HTTP/1.1\r\ncontent-length: 0\r\n\r\n", 405),
        ("hello\r\n\r\n", 400),
        ("GET /metrics HTTP/1.1\r\n", 400),
        ("GET /metrics HTTP/1.1\r\nx: " + 9_000 * "y" + "\r\n\r\n", 400),
    ],
)
async def test_nothing_else_is_answered(port: int, request_: str, status: int) -> None:
    """No other address, no other method, no half of a request, no endless head."""
    assert status == (await ask(port, request_))[0]


async def test_an_address_that_is_taken_is_told(port: int, clock: ManualClock) -> None:
    """Before anything begins."""
    with pytest.raises(CannotServe):
        async with serving(a_process(), clock, replace(HERE, port=port)):
            pass


async def test_who_says_nothing_is_sent_away_at_the_end(clock: ManualClock) -> None:
    """A connection that is only held keeps no process from ending."""
    async with serving(a_process(), clock, HERE) as taken:
        reader, writer = await asyncio.open_connection("127.0.0.1", taken)
        await ask(taken, "GET /healthz HTTP/1.1\r\n\r\n")
    rest = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert b"" == rest


async def test_a_running_monitor_is_scraped(tmp_path: Path) -> None:
    """Ticks, families, feeds and health can be read; no key, no address of a feed and no path of the books can."""
    async with an_evening(str(tmp_path / "books.db")) as evening:
        await evening.room()
        process = await evening.run(
            "all", "--metrics", "127.0.0.1:0", ROOMS_FEED_PYTH_KEY=CANARY, ROOMS_FEED_JUPITER_KEY=CANARY
        )
        address = (await process.tells("metrics are served"))["metrics"]
        port = urlsplit(address).port or 0
        async with asyncio.timeout(WAIT_SECONDS):
            _, text = await ask(port, "GET /metrics HTTP/1.1\r\n\r\n")
            while not of(read(text), "rooms_ticks_accepted_total", instrument=COIN):
                await evening.waiting.until(evening.clock.now_ms() + 200, evening.nobody)
                _, text = await ask(port, "GET /metrics HTTP/1.1\r\n\r\n")
        healthy = await ask(port, "GET /healthz HTTP/1.1\r\n\r\n")
        process.process.send_signal(signal.SIGTERM)
        ended = await process.ends()
        calls = dict(evening.server.calls)

    found = read(text)
    assert 0 == ended
    assert (200, True) == (healthy[0], json.loads(healthy[1])["ok"])
    assert (of(found, "rooms_instrument_families_agreed", instrument=COIN) or 0) >= 3
    assert 1 == of(found, "rooms_role_leads", role="monitor")
    assert 1 == of(found, "rooms_feed_on", feed="pyth")
    assert (of(found, "rooms_feed_calls_total", feed="okx") or 0) <= calls["okx"]
    for secret in (CANARY, str(tmp_path), "127.0.0.1", "http"):
        assert secret not in text + healthy[1]
    assert CANARY not in json.dumps(process.lines)
