"""Nobody waits for a server that is dead, silent, killed on the way, or no Valkey at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
from tests.store.cache.conftest import PAUSE_MS, Impostor, Opening, shown
from valkey.exceptions import ConnectionError as NotConnected
from valkey.exceptions import ResponseError

from rooms_core.ports.cache import Shelf
from rooms_core.result import Ok, Result
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_store.cache.valkey import open_valkey
from rooms_store.cache.valkey_wire import CONNECTIONS, failed
from rooms_store.testing.valkey_server import ValkeyServer

DEADLINE_MS = 100
GENEROUS = 5.0
"""Seconds for what takes a few deadlines at most: machines that run tests are slow at times."""


async def seven() -> Result[bytes, str]:
    """A load."""
    return Ok(b"7")


async def eight() -> Result[bytes, str]:
    """Another load."""
    return Ok(b"8")


async def test_a_refused_connection_is_a_miss_and_not_tried_again(
    opening: Opening, words: Shelf[bytes], clock: ManualClock, tmp_path: Path
) -> None:
    """Nobody listens there: what was loaded is answered at once, again and again."""
    begun = time.monotonic()
    async with opening(f"unix://{tmp_path}/none", deadline_ms=DEADLINE_MS) as cache:
        await cache.put(words, "a", b"7")
        await cache.forget(words.kind, "a")
        await cache.forget_kind(words.kind)
        assert None is await cache.get(words, "a")
        assert [Ok(b"7")] * 100 == [await cache.get_or_load(words, str(n), seven) for n in range(100)]
        assert not cache.wire.circuit.allows(clock.now_ms())

    assert GENEROUS > time.monotonic() - begun


async def test_a_server_that_takes_connections_and_never_answers_is_waited_for_once(
    opening: Opening,
    words: Shelf[bytes],
    clock: ManualClock,
    impostors: Callable[[bytes], AbstractAsyncContextManager[Impostor]],
) -> None:
    """One deadline for the first who asks, then none for anybody until the pause is over, and then one again."""
    async with impostors(b"") as silent, opening(silent.url, deadline_ms=DEADLINE_MS) as cache:
        begun = time.monotonic()
        assert Ok(b"7") == await cache.get_or_load(words, "a", seven)
        assert DEADLINE_MS / 1_000 <= time.monotonic() - begun < GENEROUS
        begun = time.monotonic()
        assert [Ok(b"7")] * 1_000 == [await cache.get_or_load(words, str(n), seven) for n in range(1_000)]
        assert GENEROUS > time.monotonic() - begun
        assert 1 == silent.heard

        clock.advance(PAUSE_MS)
        assert [None, None] == await shown(cache, words, "a", "b")
        assert 2 == silent.heard


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\xff\r\n",
        b":seven\r\n",
        b"$-7\r\n",
        b"$9999999999\r\nabc",
        b"*999999999\r\n",
        b"*1\r\n" * 20_000,
        b"-LOADING the dataset\r\n",
        b"-NOAUTH Authentication required.\r\n",
        b"+OK\r\n",
        b":7\r\n",
        b"$-1\r\n",
        b"*2\r\n$1\r\na\r\n$1\r\nb\r\n",
        b"$3\r\n\xff\xfe\xfd\r\n",
    ],
    ids=lambda says: says[:12].decode("latin-1").strip(),
)
async def test_whatever_else_answers_there_is_a_miss(
    opening: Opening,
    words: Shelf[bytes],
    says: bytes,
    impostors: Callable[[bytes], AbstractAsyncContextManager[Impostor]],
) -> None:
    """No answer of a stranger fails, blocks or changes what was loaded."""
    begun = time.monotonic()
    async with impostors(says) as stranger, opening(stranger.url, deadline_ms=DEADLINE_MS) as cache:
        assert Ok(b"7") == await cache.get_or_load(words, "a", seven)
        await cache.put(words, "a", b"8")
        await cache.forget(words.kind, "a")
        await cache.forget_kind(words.kind)
        assert None is await cache.get(words, "a")

    assert GENEROUS > time.monotonic() - begun


async def test_an_answer_that_comes_too_late_is_nobody_elses(
    opening: Opening, words: Shelf[bytes], clock: ManualClock
) -> None:
    """The next question does not read the answer to the one before."""
    with ValkeyServer() as server:
        async with opening(server.url, deadline_ms=500) as cache:
            await cache.put(words, "a", b"of a")
            await cache.put(words, "b", b"of b")
            server.freeze()
            assert None is await cache.get(words, "a")
            server.thaw()
            clock.advance(PAUSE_MS)

            assert b"of b" == await cache.get(words, "b")
            assert b"of a" == await cache.get(words, "a")


async def test_a_server_killed_while_one_loads_costs_nothing_and_may_come_back(
    opening: Opening, words: Shelf[bytes], clock: ManualClock
) -> None:
    """What was loaded is answered; after the pause the new server is used like the old one."""
    with ValkeyServer() as server:
        async with opening(server.url, deadline_ms=2_000) as cache:
            await cache.put(words, "b", b"old")

            async def killing() -> Result[bytes, str]:
                server.kill()
                return Ok(b"7")

            assert Ok(b"7") == await cache.get_or_load(words, "a", killing)
            assert None is await cache.get(words, "a")
            server.start()
            assert None is await cache.get(words, "a")
            clock.advance(PAUSE_MS)

            assert Ok(b"7") == await cache.get_or_load(words, "a", seven)
            assert [b"7", None] == await shown(cache, words, "a", "b")


async def test_a_server_that_says_no_is_asked_again(
    opening: Opening, words: Shelf[bytes], clock: ManualClock
) -> None:
    """Out of memory it still answers: it is no dead server, only one that keeps nothing more."""
    with ValkeyServer() as server:
        async with opening(server.url) as cache:
            await cache.put(words, "a", b"7")
            await cache.wire.client.config_set("maxmemory", "1")
            await cache.put(words, "b", b"8")

            assert Ok(b"7") == await cache.get_or_load(words, "c", seven)
            assert cache.wire.circuit.allows(clock.now_ms())
            assert [b"7", None, None] == await shown(cache, words, "a", "b", "c")


async def test_a_crowd_is_no_reason_to_leave_a_server_alone(
    opening: Opening, words: Shelf[bytes], clock: ManualClock
) -> None:
    """Who does not get his turn in time loads for himself, and says nothing against the server."""
    with ValkeyServer() as server:
        async with opening(server.url, deadline_ms=DEADLINE_MS) as cache:
            await cache.put(words, "a", b"7")
            async with AsyncExitStack() as turns:
                for _ in range(CONNECTIONS):
                    await turns.enter_async_context(cache.wire._turns)
                assert Ok(b"8") == await cache.get_or_load(words, "a", eight)
                assert cache.wire.circuit.allows(clock.now_ms())

            assert Ok(b"7") == await cache.get_or_load(words, "a", eight)


async def test_an_address_that_is_none_is_told_at_the_start(clock: ManualClock) -> None:
    """A mistake in the settings is no dead server."""
    with pytest.raises(ValueError, match="scheme"):
        async with open_valkey("postgresql://x/y", clock, SeededRng()):
            pass


def test_a_failure_says_whether_the_server_answered() -> None:
    """A refusal is an answer."""
    assert not failed(ResponseError("no")).silent
    assert failed(NotConnected("gone")).silent
    assert "TimeoutError: " == failed(TimeoutError()).message
