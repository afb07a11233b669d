"""The feed server speaks as the feeds do, counts, and answers what nobody asked for too."""

from __future__ import annotations

import json

import pytest

from rooms_core.domain.address import Address
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_oracle.feeds.pumpfun import accounts_of
from rooms_oracle.generated import GeneratedFeeds, Token
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.desk import Raw, dump
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.shapes import SHAPES

MINT = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
OKX = "/okx/api/v5/market/candles?instId=SOL-USDT&bar=1m&limit=1"
OKX_CANDLES = f"{OKX}&after={NOON_MS - 59_999}&before={NOON_MS - 60_001}"
KLINES = f"/binance/api/v3/klines?symbol=SOLUSDT&interval=1m&startTime={NOON_MS - 60_000}"


@pytest.fixture
def server() -> FeedServer:
    """A generated market with a token, asked without a network."""
    return FeedServer(
        GeneratedFeeds(7, tokens=[Token(mint=MINT, sol_price=28 * 10**3)]), ManualClock(NOON_MS), mints=[MINT]
    )


async def body_of(server: FeedServer, target: str) -> object:
    """The JSON a target is answered with."""
    return json.loads((await server.answer(target, {})).body)


async def test_what_is_no_path_of_a_feed_is_not_found(server: FeedServer) -> None:
    """Neither an unknown feed nor an unknown path nor an unknown product."""
    for target in ("/nobody/x", "/binance/api/v3/other", "/coinbase/products/X-USD/ticker"):
        assert 404 == (await server.answer(target, {})).status


async def test_a_token_is_shown_by_those_that_read_its_pool(server: FeedServer) -> None:
    """By its mint, and the pool of it that counts is not the deepest."""
    pools = await body_of(server, f"/dexscreener/tokens/v1/solana/{MINT}")
    prices = await body_of(server, f"/jupiter/price/v3?ids={MINT}")

    assert isinstance(pools, list)
    assert ["somebody's", accounts_of(Address(MINT)).curve] == [
        each["pairAddress"] for each in json.loads(json.dumps(pools))
    ]
    assert isinstance(prices, dict)
    assert {MINT} == set(prices)


@pytest.mark.parametrize(
    "target, empty",
    [
        (KLINES, []),
        ("/coinbase/products/SOL-USD/candles?start=2025-01-01T11:59:00Z", []),
        ("/kraken/0/public/OHLC?pair=SOLUSD&since=1735732680", []),
        (OKX_CANDLES, []),
    ],
)
async def test_a_minute_that_is_left_out_has_no_candle(
    server: FeedServer, target: str, empty: object
) -> None:
    """With the fault, and with a market that says nothing of it."""
    assert empty != await body_of(server, target)
    for silent in (server, FeedServer(GeneratedFeeds(7, coins={}), ManualClock(NOON_MS))):
        silent.faults |= dict.fromkeys(SHAPES, Fault.MISSING) if silent is server else {}
        said = await body_of(silent, target)
        if isinstance(said, dict):
            said = said["result"]["SOLUSD"] if "result" in said else said["data"]
        assert empty == said


@pytest.mark.parametrize("shift_ms, finished", [(60_000, ["1"]), (0, ["0"]), (-60_001, [])])
async def test_okx_says_whether_a_candle_is_finished(
    server: FeedServer, shift_ms: int, finished: list[str]
) -> None:
    """The one between `before` and `after`; nothing where no minute begins between them."""
    began_ms = NOON_MS - shift_ms
    before_ms = began_ms - 1 if finished else began_ms
    target = f"{OKX}&after={began_ms + 1}&before={before_ms}"
    said = await body_of(server, target)

    assert isinstance(said, dict)
    assert finished == [row[8] for row in said["data"]]


async def test_calls_and_weights_are_counted_by_feed(server: FeedServer) -> None:
    """Binance says in each answer what was used in its minute, and the most within any span is known."""
    clock = server.clock
    assert isinstance(clock, ManualClock)
    used = []
    for _ in range(3):
        used.append((await server.answer(KLINES, {})).headers["x-mbx-used-weight-1m"])
        clock.advance(25_000)

    assert ["2", "4", "6"] == used
    assert 3 == server.calls["binance"]
    assert [6, 4, 2] == [server.weight_within("binance", span_ms) for span_ms in (60_000, 50_000, 25_000)]


async def test_what_is_older_than_an_hour_is_not_counted_any_more(server: FeedServer) -> None:
    """So that a server may run for days."""
    clock = server.clock
    assert isinstance(clock, ManualClock)
    for _ in range(5):
        await server.answer(KLINES, {})
        clock.advance(minutes=50)

    assert 2 == len(server.weights["binance"])
    assert 5 == server.calls["binance"]


async def test_prices_stand_still_from_when_they_were_frozen(server: FeedServer) -> None:
    """Until the fault is gone."""
    clock = server.clock
    assert isinstance(clock, ManualClock)
    target = "/kraken/0/public/Ticker?pair=SOLUSD"
    before = await body_of(server, target)
    server.faults["kraken"] = Fault.FROZEN
    assert before == await body_of(server, target)
    clock.advance(minutes=10)
    assert before == await body_of(server, target)
    del server.faults["kraken"]

    assert before != await body_of(server, target)


async def test_its_settings_point_here(server: FeedServer) -> None:
    """On loopback, without offsets; everything else as it was."""
    async with server:
        settings = server.settings(DEFAULTS)
        assert server.address("okx") == settings["okx"].base_url
        assert (0, DEFAULTS["okx"].limit) == (settings["okx"].offset_ms, settings["okx"].limit)
    assert set(SHAPES) == set(settings)


def test_numbers_stand_in_the_json_with_all_of_their_digits() -> None:
    """Also those that no float could hold."""
    assert '{"a":[0.10000000000000000001,"x",null,true,1]}' == dump(
        {"a": [Raw("0.10000000000000000001"), "x", None, True, 1]}
    )


async def test_faults_are_switched_by_a_get(server: FeedServer) -> None:
    """On and off by name; the answer tells what is switched and how often each feed was asked."""
    await server.answer(KLINES, {})
    on = await body_of(server, "/switch/okx/TIMEOUT")
    off = await body_of(server, "/switch/okx/NONE")

    assert isinstance(on, dict)
    assert isinstance(off, dict)
    assert ({"fault": "TIMEOUT", "calls": 0}, {"fault": "NONE", "calls": 1}) == (on["okx"], on["binance"])
    assert off == await body_of(server, "/switch")
    assert {} == server.faults
    for wrong in ("/switch/okx/NONSENSE", "/switch/nobody/NONE", "/switch/nobody/TIMEOUT", "/switch/okx"):
        said = await server.answer(wrong, {})
        assert (404, True, True) == (said.status, b" okx " in said.body, b" TIMEOUT " in said.body)
