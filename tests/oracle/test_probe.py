"""One look at an instrument, over HTTP: who accepts, who does not and why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest
from pydantic import SecretStr

from rooms_core.domain.listing import Listed, Listing, RuleChoices, in_force
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.rng import SeededRng
from rooms_oracle.generated import COINS, GeneratedFeeds, Token
from rooms_oracle.listing import LISTINGS
from rooms_oracle.live import open_feeds
from rooms_oracle.pace import ClockPace
from rooms_oracle.probe import probe
from rooms_oracle.probed import Asked, Probe
from rooms_oracle.settings import DEFAULTS, FeedSettings
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.slow_line import slow_lines

SLOWER = 10
MINT = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
DOGE = Listing(
    name="DOGE/USD",
    listed=(
        Listed("binance", "DOGEUSDT", "USDT"),
        Listed("coinbase", "DOGE-USD"),
        Listed("kraken", "XDGUSD"),
        Listed("okx", "DOGE-USDT", "USDT"),
        Listed("pyth", "d" * 64),
        Listed("coingecko", "dogecoin"),
    ),
)
KEYLESS = ("binance", "coinbase", "kraken", "okx")


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A market with DOGE in it, known to all feeds by the symbols above."""
    market = GeneratedFeeds(
        7, coins={**COINS, "DOGE": 175 * 10**9}, tokens=[Token(mint=MINT, sol_price=200_000_000)]
    )
    clock = RunningClock(NOON_MS, slower=SLOWER)
    async with FeedServer(market, clock, listings=[*LISTINGS, DOGE], mints=[MINT]) as running:
        yield running


async def look(
    server: FeedServer, listing: Listing = DOGE, *, keys: Iterable[str] = (), name: str = "", off: str = ""
) -> Probe:
    """Probe a listing beside what is built in."""
    settings = server.settings(DEFAULTS)
    for each in keys:
        settings[each] = settings[each].model_copy(update={"key": SecretStr("k")})
    if off:
        settings[off] = settings[off].model_copy(update={"enabled": False})
    return await look_with(server, settings, listing, name or listing.name)


async def look_with(
    server: FeedServer, settings: dict[str, FeedSettings], listing: Listing, name: str
) -> Probe:
    """The same with these settings."""
    clock = server.clock
    feeds = open_feeds(settings, clock=clock, pace=ClockPace(clock), rng=SeededRng(), line=slow_lines(SLOWER))
    feeds.learn([listing])
    known = in_force(LISTINGS, []) | {listing.name: listing}
    found = await probe(feeds, [name], at_ms=clock.now_ms(), listings=known, feeds=settings)
    await feeds.close()
    return found[name]


def reasons(probe: Probe) -> dict[str, str]:
    """Why each feed was refused; "" if it was not."""
    return {each.feed: each.reason for each in probe.asked}


def of(probe: Probe, feed: str) -> Asked:
    """What came of one feed."""
    return next(each for each in probe.asked if each.feed == feed)


async def test_each_feed_is_asked_once_and_told_in_full(server: FeedServer) -> None:
    """With price, age, half-width and the distance from the centre; feeds without a key are told as such."""
    found = await look(server)

    assert ("ACCEPTED", {"USDT/USD": "ACCEPTED"}) == (found.status, dict(found.rates))
    assert set(KEYLESS) == set(found.families)
    assert dict.fromkeys(KEYLESS, "") | {"pyth": "NO_KEY", "coingecko": "NO_KEY"} == reasons(found)
    assert {"binance": 1, "coinbase": 2, "kraken": 1, "okx": 1} == dict(
        server.calls
    )  # a product, and the Tether's
    assert found.lo < found.price < found.hi
    for feed in KEYLESS:
        asked = of(found, feed)
        assert asked.price is not None
        assert asked.half_width_ppm is not None
        assert asked.from_centre_ppm is not None
        assert abs(asked.price - found.price) * 1_000 <= found.price
        assert abs(asked.from_centre_ppm) <= 1_000
        assert 0 <= (asked.age_ms or 0) <= 1_500
        assert not asked.turned
    assert "USDT" == of(found, "binance").quote
    assert NOON_MS <= found.at_ms < NOON_MS + 1_000


async def test_a_turned_pair_is_seen_by_its_reciprocal(server: FeedServer) -> None:
    """The rule calls it an outlier; the probe says what it looks like."""
    server.faults["okx"] = Fault.SWAPPED
    found = await look(server)

    assert found.accepted
    assert ("OUTLIER", True) == (of(found, "okx").reason, of(found, "okx").turned)
    assert not any(of(found, feed).turned for feed in ("binance", "coinbase", "kraken"))
    assert of(found, "okx").hinders


@pytest.mark.parametrize(
    "fault, feed, reason",
    [
        (Fault.NOT_HERE, "binance", "SWITCHED_OFF"),
        (Fault.UNAUTHORIZED, "okx", "SWITCHED_OFF"),
        (Fault.MISSING, "binance", "UNAVAILABLE"),
        (Fault.THROTTLED, "okx", "THROTTLED"),
        (Fault.HTML, "binance", "MALFORMED"),
        (Fault.THOUSANDFOLD, "okx", "OUTLIER"),
        (Fault.BEHIND, "okx", "STALE"),
        (Fault.AHEAD, "okx", "FUTURE"),
    ],
)
async def test_a_feed_that_refuses_is_named_with_its_reason(
    server: FeedServer, fault: Fault, feed: str, reason: str
) -> None:
    """One of four may fail, and there is a price all the same; the listing is spoken against."""
    server.faults[feed] = fault
    found = await look(server)

    assert found.accepted
    assert reason == of(found, feed).reason
    assert [feed] == [each.feed for each in found.asked if each.hinders and each.reason != "NO_KEY"]


async def test_a_symbol_nobody_knows_has_no_price(server: FeedServer) -> None:
    """Each feed is named, and the rule has nothing to judge."""
    nobody = Listing(
        name="NIX/USD", listed=(Listed("binance", "NIXUSDT", "USDT"), Listed("coinbase", "NIX-USD"))
    )
    found = await look(server, nobody)

    assert ("NO_QUORUM", 0) == (found.status, found.price)
    assert dict.fromkeys(("binance", "coinbase"), "UNAVAILABLE") == reasons(found)
    assert of(found, "coinbase").price is None


async def test_without_a_rate_foreign_quotes_are_refused(server: FeedServer) -> None:
    """The Tether's two venues are gone: what is quoted in it has no price in dollars."""
    server.faults["kraken"] = Fault.BUSY
    found = await look(server)

    assert ("NO_QUORUM", "NO_QUORUM") == (found.status, found.rates["USDT/USD"])
    assert {"binance": "NO_QUOTE_RATE", "okx": "NO_QUOTE_RATE", "kraken": "HTTP_STATUS"}.items() <= reasons(
        found
    ).items()
    assert of(found, "binance").age_ms is not None


async def test_one_family_alone_is_no_price(server: FeedServer) -> None:
    """Whatever quorum the others have."""
    alone = Listing(name="DOGE/USD", listed=(Listed("coinbase", "DOGE-USD"),), rule=RuleChoices(quorum=2))
    found = await look(server, alone)

    assert ("NO_QUORUM", 2) == (found.status, found.quorum)
    assert ("", 0) == (of(found, "coinbase").reason, of(found, "coinbase").from_centre_ppm)


async def test_a_feed_that_is_slow_by_design_hinders_nothing(server: FeedServer) -> None:
    """CoinGecko's prices are too old for touches, and everybody knows it."""
    server.faults["coingecko"] = Fault.BEHIND
    found = await look(server, keys=["coingecko", "pyth"])
    gecko = of(found, "coingecko")

    assert ("STALE", True, False) == (gecko.reason, gecko.slow, gecko.hinders)
    assert [] == [each for each in found.asked if each.hinders]


async def test_what_nobody_can_be_asked_is_unknown(server: FeedServer) -> None:
    """Not listed at all, or by feeds that are off; no call is made."""
    pyth = Listing(name="DOGE/USD", listed=(Listed("pyth", "d" * 64), Listed("okx", "DOGE-USDT", "USDT")))
    off = await look(server, pyth, off="okx")
    missing = await look(server, name="WIF/USD")

    assert ("unknown", {"pyth": "NO_KEY", "okx": "OFF"}) == (off.status, reasons(off))
    assert ("unknown", {}) == (missing.status, reasons(missing))
    assert {} == dict(server.calls)


async def test_a_token_without_its_pool_has_no_price(server: FeedServer) -> None:
    """Two feeds that read it are no pool: the supply stands on the chain."""
    found = await look(server, keys=["jupiter"], name=f"pump:{MINT}")

    assert "NO_QUORUM" == found.status
    assert {"dexscreener": "", "jupiter": ""} == reasons(found)
    assert of(found, "jupiter").price


async def test_a_tokens_price_is_its_market_cap() -> None:
    """Where the pool is known all of it is told in cents."""
    market = GeneratedFeeds(7, tokens=[Token(mint=MINT, sol_price=200_000_000)])
    name = f"pump:{MINT}"
    found = (await probe(market, [name], at_ms=NOON_MS, listings={}, feeds={}))[name]

    assert ("ACCEPTED", -2) == (found.status, found.scale)
    assert all(each.price and abs(each.price - found.price) * 50 < found.price for each in found.asked)
    assert {"SOL/USD": "ACCEPTED"} == dict(found.rates)
