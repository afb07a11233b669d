"""A real process on the machine's clock is scraped over HTTP while it asks the feed server; its keys are nowhere."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from urllib.parse import urlsplit

from tests.cli.loops.evening import COIN, WAIT_SECONDS, an_evening
from tests.cli.metrics.shown import of, read
from tests.cli.metrics.test_server import ask

CANARY = "canary-that-sings-nowhere"


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
