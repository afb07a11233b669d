"""The feed server as a program of its own."""

from __future__ import annotations

import asyncio
import json
import runpy
import signal
import socket
import sys
from pathlib import Path

import pytest

from rooms_core.result import Err, Ok
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import FeedSource
from rooms_oracle.http import HttpTransport
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.serve import main, serve, source_of
from rooms_oracle.testing.table_feeds import TableFeeds


async def get(address: str, path: str) -> tuple[int, object]:
    """Status and JSON of a GET; what is not found is told to people, in text."""
    line = HttpTransport(address, connect_ms=5_000, body_most=2**20)
    try:
        match await line.get(path, (), {}, within_ms=30_000):
            case Ok(reply):
                return reply.status, None if reply.status == 404 or not reply.body else json.loads(reply.body)
            case Err(why):
                raise AssertionError(why)
    finally:
        await line.close()


async def test_it_says_where_the_feeds_are_and_is_switched_from_outside() -> None:
    """A process of its own, for drills; a fault begins and ends with a GET."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rooms_oracle.testing.serve", "--seed", "3", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        address = (await process.stdout.readline()).decode().removeprefix("feeds at ").strip().rstrip("/")
        answers = [
            await get(address, path)
            for path in (
                *("/okx/api/v5/market/tickers", "/switch/okx/NOT_HERE", "/okx/api/v5/market/tickers"),
                *("/switch/okx/NONE", "/okx/api/v5/market/tickers", "/switch", "/switch/okx/NONSENSE"),
            )
        ]
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()

    assert [200, 200, 451, 200, 200, 200, 404] == [status for status, _ in answers]
    told = answers[1][1]
    assert isinstance(told, dict)
    assert {"fault": "NOT_HERE", "calls": 1} == told["okx"]
    ended = answers[-2][1]
    assert isinstance(ended, dict)
    assert {"fault": "NONE", "calls": 3} == ended["okx"]


async def test_recorded_minutes_are_played_as_if_they_were_now(tmp_path: Path) -> None:
    """From the first one on, to the minute; prices and candles alike."""
    then_s = 1_678_492_800
    prices = [f"{price},{price},{price},{price}" for price in (100, 101, 102)]
    rows = [f"{then_s + 60 * minute},{price},1" for minute, price in enumerate(prices)]
    text = "\n".join(["ts_open,open,high,low,close,volume", *rows])
    (tmp_path / "coinbase_BTC-USD_1m.csv").write_text(text, encoding="ascii")
    opened = source_of(tmp_path, seed=0, now_ms=NOON_MS + 90_000)
    assert isinstance(opened, Ok)
    source, shift_ms = opened.value
    server = FeedServer(source, ManualClock(NOON_MS + 90_000), shift_ms=shift_ms)

    assert shift_ms % 60_000 == 0
    book = await server.market.book("coinbase", "BTC/USD", "USD", NOON_MS + 120_000)
    assert book is not None
    assert 101 * 10**12 == book.middle
    assert (100 * 10**12,) * 4 == await server.market.candle("coinbase", "BTC/USD", "USD", NOON_MS + 60_000)


def test_a_port_that_cannot_be_had_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody has it, or there is none of that number; what to do is said in place of a traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = [str(taken.getsockname()[1]), "99999"]
        ended = [main(["--port", port]) for port in ports]

    said = capsys.readouterr().err
    assert [1, 1] == ended
    assert all(f"port {port} cannot be had" in said for port in ports)
    assert "give another one with --port" in said


async def test_it_serves_until_it_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    """On the port that was asked for, or any that is free."""
    serving = asyncio.ensure_future(serve(TableFeeds(), shift_ms=0, port=0, start_ms=NOON_MS))
    said = ""
    while not said:
        await asyncio.sleep(0.01)
        said = capsys.readouterr().out
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    assert said.startswith("feeds at http://127.0.0.1:")


def test_without_recorded_prices_a_market_is_generated(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a seed; nothing is shifted."""
    asked: list[tuple[FeedSource, int, int]] = []

    async def served(source: FeedSource, *, shift_ms: int, port: int, start_ms: int) -> None:
        assert start_ms > NOON_MS
        asked.append((source, shift_ms, port))

    monkeypatch.setattr("rooms_oracle.testing.serve.serve", served)

    assert 0 == main(["--port", "8600"])
    ((source, shift_ms, port),) = asked
    assert isinstance(source, GeneratedFeeds)
    assert (0, 8_600) == (shift_ms, port)


def test_an_interruption_ends_it_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C is how one ends it: the status is 130, as a shell has it."""

    async def interrupted(source: FeedSource, *, shift_ms: int, port: int, start_ms: int) -> None:
        asyncio.get_running_loop().call_later(0.1, signal.raise_signal, signal.SIGINT)
        await serve(source, shift_ms=shift_ms, port=port, start_ms=start_ms)

    monkeypatch.setattr("rooms_oracle.testing.serve.serve", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has none
    try:
        ended = main([])
    finally:
        signal.signal(signal.SIGINT, before)

    assert (130, "") == (ended, capsys.readouterr().err)


def test_what_cannot_be_played_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder holds no prices."""
    assert 1 == main(["--prices", str(tmp_path)])
    assert "no <venue>_<BASE>-<QUOTE>_1m.csv" in capsys.readouterr().err


def test_the_exit_status_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of any program."""
    monkeypatch.setattr(sys, "argv", ["serve", "--prices", str(tmp_path)])

    with pytest.raises(SystemExit, match="1"):
        runpy.run_path(main.__code__.co_filename, run_name="__main__")
