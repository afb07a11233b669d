"""One feed on one tick: asked once for a symbol, in batches, and not after the tick has closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_oracle.client import FeedClient
from rooms_oracle.feeds import VENDORS
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.poll import LACKING_MS, Answered, FeedPoll, Outcome
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.testing.direct_line import DirectLine
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer

Maker = Callable[..., FeedPoll]


@pytest.fixture
def clock() -> ManualClock:
    """At noon, which is a tick."""
    return ManualClock(NOON_MS)


@pytest.fixture
def server(clock: ManualClock) -> FeedServer:
    """A generated market."""
    return FeedServer(GeneratedFeeds(7), clock)


@pytest.fixture
def poll(clock: ManualClock, server: FeedServer) -> Maker:
    """The poller of a feed of the server."""

    def make(feed: str, **given: object) -> FeedPoll:
        vendor = next(each for each in VENDORS if each.name == feed)
        settings = DEFAULTS[feed].model_copy(update=given)
        pace = ManualPace(clock)
        line = DirectLine(server, feed)
        return FeedPoll(
            FeedClient(vendor, settings, line=line, clock=clock, pace=pace, rng=SeededRng()), pace
        )

    return make


def answered(outcome: Outcome) -> Answered:
    """An outcome that is an answer."""
    assert isinstance(outcome, Answered)
    return outcome


async def test_a_symbol_is_asked_for_once_in_a_tick(poll: Maker, server: FeedServer) -> None:
    """Whoever comes second is given what was heard, and the rest is asked for."""
    okx = poll("okx")
    first, second = await asyncio.gather(
        okx.hear(["SOL-USDT"], NOON_MS), okx.hear(["SOL-USDT", "BTC-USDT"], NOON_MS)
    )
    third = await okx.hear(["BTC-USDT"], NOON_MS)

    assert 2 == server.calls["okx"]
    assert first["SOL-USDT"] == second["SOL-USDT"]
    assert third["BTC-USDT"] == second["BTC-USDT"]


async def test_the_next_tick_asks_anew(poll: Maker, clock: ManualClock, server: FeedServer) -> None:
    """At its own offset after the tick."""
    kraken = poll("kraken")
    await kraken.hear(["SOLUSD"], NOON_MS)
    clock.set(NOON_MS + 3_000)
    heard = await kraken.hear(["SOLUSD"], NOON_MS + 3_000)

    assert 2 == server.calls["kraken"]
    assert NOON_MS + 3_100 == answered(heard["SOLUSD"]).asked_ms


async def test_a_tick_that_has_closed_is_asked_nothing(
    poll: Maker, clock: ManualClock, server: FeedServer
) -> None:
    """Nothing later enters it."""
    clock.set(NOON_MS + 1_500)

    assert {"SOLUSD": "NO_TIME"} == await poll("kraken").hear(["SOLUSD"], NOON_MS)
    assert 0 == server.calls["kraken"]


async def test_an_unknown_symbol_does_not_cost_the_others_their_price(
    poll: Maker, server: FeedServer
) -> None:
    """The list is asked again as all, and the unknown one is left out of the lists for a minute."""
    binance = poll("binance")
    heard = await binance.hear(["GHOST", "SOLUSDT"], NOON_MS)
    assert ("UNAVAILABLE", 2) == (heard["GHOST"], server.calls["binance"])
    answered(heard["SOLUSDT"])

    await binance.hear(["GHOST", "SOLUSDT"], NOON_MS + 3_000)
    assert 3 == server.calls["binance"]


async def test_an_unknown_pair_does_not_cost_the_others_their_price(poll: Maker, server: FeedServer) -> None:
    """Nor does it at Kraken, which says so with status 200."""
    heard = await poll("kraken").hear(["GHOSTUSD", "SOLUSD"], NOON_MS)

    assert ("UNAVAILABLE", 2) == (heard["GHOSTUSD"], server.calls["kraken"])
    answered(heard["SOLUSD"])


async def test_what_was_lacking_is_tried_again_after_a_minute(
    poll: Maker, clock: ManualClock, server: FeedServer
) -> None:
    """A symbol may be listed in the meantime."""
    binance = poll("binance")
    await binance.hear(["GHOST", "SOLUSDT"], NOON_MS)
    clock.advance(LACKING_MS + 3_000)
    await binance.hear(["GHOST", "SOLUSDT"], clock.now_ms())

    assert 4 == server.calls["binance"]


async def test_a_token_that_an_answer_lacked_is_asked_for_once_more(poll: Maker, server: FeedServer) -> None:
    """By itself, before it is called unavailable."""
    mint = "So11111111111111111111111111111111111111112"
    heard = await poll("dexscreener").hear([mint, "ghost"], NOON_MS)

    assert ("UNAVAILABLE", 2) == (heard["ghost"], server.calls["dexscreener"])
    answered(heard[mint])


async def test_a_second_question_that_fails_leaves_what_is_known(poll: Maker, server: FeedServer) -> None:
    """The first failure stays the reason."""
    server.once["binance"] = [Fault.MISSING, Fault.BUSY, Fault.BUSY]
    heard = await poll("binance").hear(["GHOST", "SOLUSDT"], NOON_MS)

    assert {"GHOST": "VENDOR_ERROR", "SOLUSDT": "VENDOR_ERROR"} == heard


async def test_a_feed_that_holds_back_says_why(poll: Maker, server: FeedServer) -> None:
    """It is not asked, and every symbol is named with the reason."""
    server.faults["okx"] = Fault.NOT_HERE
    okx = poll("okx")

    assert {"SOL-USDT": "SWITCHED_OFF"} == await okx.hear(["SOL-USDT"], NOON_MS)
    assert {"SOL-USDT": "OFF"} == await okx.hear(["SOL-USDT"], NOON_MS + 3_000)
    assert 1 == server.calls["okx"]


async def test_a_slow_feed_is_not_asked_on_every_tick(
    poll: Maker, clock: ManualClock, server: FeedServer
) -> None:
    """CoinGecko's free plan is one call in five minutes."""
    gecko = poll("coingecko")
    reasons = []
    for tick_ms in range(NOON_MS, NOON_MS + 660_000, 3_000):
        clock.set(tick_ms)
        reasons.append((await gecko.hear(["solana"], tick_ms))["solana"])

    assert 2 == server.calls["coingecko"]
    assert 218 == reasons.count("NOT_DUE")


async def test_products_that_go_one_by_one_are_paced(
    poll: Maker, clock: ManualClock, server: FeedServer
) -> None:
    """24 of Coinbase's fit into a tick at 80 % of its limit; the others are told that there was no budget."""
    heard = await poll("coinbase").hear([f"P{number}-USD" for number in range(30)], NOON_MS)

    assert 23 <= server.calls["coinbase"] <= 24
    assert 30 - server.calls["coinbase"] == list(heard.values()).count("NO_BUDGET")
    assert clock.now_ms() <= NOON_MS + 1_500
