"""The live feeds, over HTTP on loopback: each feed by itself, every fault, and a price that no single one moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from rooms_core.domain.address import Address
from rooms_core.domain.market import Direction
from rooms_core.domain.rules import HouseRules
from rooms_core.ports.oracle import NotPriceable
from rooms_core.result import Err, Ok, Result
from rooms_core.services.create_room import CreateRoom
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.house import House, a_request
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.scripted_chain import ScriptedChain
from rooms_oracle.aggregate import PPM
from rooms_oracle.chain_pools import ChainPools
from rooms_oracle.checker import check_records
from rooms_oracle.client import FeedClient
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.feeds import VENDORS
from rooms_oracle.feeds.pumpfun import accounts_of
from rooms_oracle.frozen import FrozenWatch
from rooms_oracle.generated import GeneratedFeeds, Token
from rooms_oracle.heard import TICK_MS, Heard
from rooms_oracle.held import HeldTick, judge_all, with_rates
from rooms_oracle.listing import LISTINGS, Listed, Listing
from rooms_oracle.live import LiveFeeds, open_feeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.pace import ClockPace
from rooms_oracle.replay import ReplayFeeds
from rooms_oracle.script import Move
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.clocks import ManualPace, RunningClock
from rooms_oracle.testing.direct_line import DirectLine
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.pump_accounts import on_curve
from rooms_oracle.testing.slow_line import slow_lines
from rooms_oracle.testing.table_feeds import TableFeeds
from rooms_oracle.transport import Pace, Params, Reply

FEEDS = [vendor.name for vendor in VENDORS]
KEYLESS = ["binance", "coinbase", "kraken", "okx"]
OWN_TIMES = ["coinbase", "okx", "pyth", "coingecko", "cryptocompare"]
COIN = "SOL/USD"
KEY = "s3cret-never-to-be-seen"
SLOW = (Fault.TIMEOUT, Fault.DRIP)
SLOWER = 10
"""Time passes so much more slowly here, for machines that are busy with something else."""

WORDS: dict[Fault, set[str]] = {
    Fault.TIMEOUT: {"TIMEOUT"},
    Fault.DRIP: {"TIMEOUT"},
    Fault.CUT: {"MALFORMED"},
    Fault.HANG_UP: {"UNREACHABLE"},
    Fault.HTML: {"MALFORMED"},
    Fault.EMPTY: {"MALFORMED"},
    Fault.HUGE: {"MALFORMED"},
    Fault.BOMB: {"MALFORMED"},
    Fault.REDIRECT: {"HTTP_STATUS"},
    Fault.ERROR_200: {"VENDOR_ERROR", "MALFORMED"},
    Fault.THROTTLED: {"THROTTLED"},
    Fault.BANNED: {"THROTTLED"},
    Fault.UNAUTHORIZED: {"SWITCHED_OFF"},
    Fault.FORBIDDEN: {"SWITCHED_OFF"},
    Fault.NOT_HERE: {"SWITCHED_OFF"},
    Fault.BUSY: {"HTTP_STATUS"},
    Fault.MISSING: {"UNAVAILABLE", "VENDOR_ERROR"},
}
"""What is said of a feed whose answer is of no use."""
SPOILED = [Fault.ZERO, Fault.NEGATIVE, Fault.NAN, Fault.NULL]
MOVED = [Fault.THOUSANDFOLD, Fault.MILLIONFOLD, Fault.SWAPPED]


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A generated market, at noon and going on."""
    async with FeedServer(GeneratedFeeds(7), RunningClock(NOON_MS, slower=SLOWER)) as running:
        yield running


def opened(server: FeedServer, names: Iterable[str]) -> LiveFeeds:
    """Some feeds of the server, all of them with a key; those that will not answer have little time for it."""
    own = {"enabled": True, "key": SecretStr(KEY), "body_most": 2**20}
    settings = server.settings({name: DEFAULTS[name].model_copy(update=own) for name in names})
    for name, fault in server.faults.items():
        if fault in SLOW:
            settings[name] = settings[name].model_copy(update={"total_ms": 60})
    clock = server.clock
    return open_feeds(settings, clock=clock, pace=ClockPace(clock), rng=SeededRng(), line=slow_lines(SLOWER))


async def tick(feeds: LiveFeeds, tick_ms: int = NOON_MS) -> tuple[Heard, HeldTick]:
    """What is heard of a coin on a tick, and what follows from it."""
    plan = with_rates([COIN], feeds)
    heard = await feeds.collect([each.name for each in plan], tick_ms)
    return heard[COIN], judge_all(plan, heard, tick_ms)[COIN]


def others(feed: str) -> list[str]:
    """A feed and the four that need no key."""
    return [feed, *[each for each in KEYLESS if each != feed]]


@pytest.mark.parametrize("feed", FEEDS)
async def test_each_feed_is_heard_over_http(server: FeedServer, feed: str) -> None:
    """With its family, its digits, its times and the hash of what it sent."""
    feeds = opened(server, [feed])
    heard, _ = await tick(feeds)
    await feeds.close()

    (quote,) = heard.quotes
    assert feed == quote.source.partition(":")[0]
    assert {} == heard.silent
    assert quote.price > 0 < len(quote.raw)
    assert 64 == len(quote.body_sha256)
    assert NOON_MS <= quote.ts_request_start <= quote.ts_received <= NOON_MS + 1_500
    assert (feed in OWN_TIMES) is (quote.ts_source is not None)
    expected = {"okx": NOON_MS, "coinbase": NOON_MS}
    assert expected.get(feed, quote.ts_source) == quote.ts_source


async def test_four_keyless_feeds_make_a_price(server: FeedServer) -> None:
    """True dollars and Tethers alike, the latter by the accepted price of the Tether; nothing is rejected."""
    feeds = opened(server, KEYLESS)
    oracle = ConsensusOracle(feeds)
    oracle.poll(COIN)
    ticked = await oracle.tick(NOON_MS)
    await feeds.close()

    assert isinstance(ticked, Ok)
    (state,) = ticked.value.states
    market = GeneratedFeeds(7).path(COIN, NOON_MS)
    assert abs(state.last.price - market) * PPM <= 1_000 * market
    assert '"rejected":{}' in ticked.value.records[-1].body


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault in WORDS], ids=lambda fault: fault.name)
@pytest.mark.parametrize("feed", FEEDS)
async def test_a_feed_that_fails_is_named_and_the_price_stands(
    server: FeedServer, feed: str, fault: Fault
) -> None:
    """Every fault of every feed: one word for it, no exception, and the others go on."""
    server.faults[feed] = fault
    feeds = opened(server, others(feed))
    heard, held = await tick(feeds)
    await feeds.close()

    assert {feed} == {source.partition(":")[0] for source in heard.silent}
    assert WORDS[fault] >= set(heard.silent.values())
    assert held.accepted or feed in ("coinbase", "kraken")  # without one of these two the Tether has no rate


@pytest.mark.parametrize("fault", SPOILED, ids=lambda fault: fault.name)
@pytest.mark.parametrize("feed", FEEDS)
async def test_what_is_no_price_is_refused_by_name(server: FeedServer, feed: str, fault: Fault) -> None:
    """Zero, negative, NaN, null: the symbol is refused with the reason, or a body that is no JSON as a whole."""
    server.faults[feed] = fault
    feeds = opened(server, [feed])
    heard, _ = await tick(feeds)
    await feeds.close()

    (reason,) = heard.silent.values()
    assert () == tuple(heard.quotes)
    assert reason.endswith(("not above zero", "no number", "negative", "MALFORMED", "UNAVAILABLE", "'")) or (
        "valid string" in reason
    )


@pytest.mark.parametrize("fault", MOVED, ids=lambda fault: fault.name)
@pytest.mark.parametrize("feed", [feed for feed in FEEDS if feed not in ("coinbase", "kraken")])
async def test_a_feed_that_lies_moves_nothing(server: FeedServer, feed: str, fault: Fault) -> None:
    """A thousandfold, a hundredmillionfold or turned price is an outlier, or beyond all prices; the others agree."""
    feeds = opened(server, others(feed))
    server.faults[feed] = fault
    heard, held = await tick(feeds)
    await feeds.close()

    market = GeneratedFeeds(7).path(COIN, NOON_MS)
    found = held.judged.found
    assert held.accepted
    assert abs(held.price - market) * PPM <= 3_000 * market
    family = DEFAULTS[feed].family
    named = {f"family:{family}", *[source for source in found.rejected if source.startswith(feed)]} & {
        *found.rejected
    }
    assert named or feed in {source.partition(":")[0] for source in heard.silent}


@pytest.mark.parametrize("fault, reason", [(Fault.AHEAD, "FUTURE"), (Fault.BEHIND, "STALE")])
@pytest.mark.parametrize("feed", OWN_TIMES)
async def test_a_clock_that_is_off_is_noticed(
    server: FeedServer, feed: str, fault: Fault, reason: str
) -> None:
    """Ten seconds ahead or a minute behind: the rule refuses the observation by name."""
    server.faults[feed] = fault
    feeds = opened(server, others(feed))
    _, held = await tick(feeds)
    await feeds.close()

    rejected = {source.partition(":")[0]: why.value for source, why in held.judged.found.rejected.items()}
    assert reason == rejected[feed]


async def test_a_coin_that_lost_its_peg_is_no_dollar(server: FeedServer) -> None:
    """At 87 cents a Tether, prices in Tether stand 15 % higher, and the price in dollars where it was."""
    feeds = opened(server, KEYLESS)
    server.market.peg_ppm["USDT"] = 870_000
    heard, held = await tick(feeds)
    await feeds.close()

    market = GeneratedFeeds(7).path(COIN, NOON_MS)
    binance = next(quote for quote in heard.quotes if quote.family == "binance")
    assert binance.price * 100 > market * 114
    assert {} == held.judged.found.rejected
    assert abs(held.price - market) * PPM <= 1_000 * market


@pytest.mark.parametrize("fault", [Fault.THOUSANDFOLD, Fault.TIMEOUT, Fault.ZERO])
async def test_a_third_of_the_families_may_lie(server: FeedServer, fault: Fault) -> None:
    """Two of seven: the price stays where the honest ones are."""
    server.faults |= {"okx": fault, "pyth": fault}
    feeds = opened(server, FEEDS)
    _, held = await tick(feeds)
    await feeds.close()

    market = GeneratedFeeds(7).path(COIN, NOON_MS)
    assert held.accepted
    assert abs(held.price - market) * PPM <= 3_000 * market


@pytest.mark.parametrize("feed", ["binance", "coinbase", "kraken", "okx"])
async def test_candles_come_from_those_that_have_some(server: FeedServer, feed: str) -> None:
    """Asked for once: a minute that is over does not change."""
    feeds = opened(server, [feed, "pyth"])
    first = await feeds.candles(COIN, NOON_MS - 60_000)
    calls = server.calls[feed]
    again = await feeds.candles(COIN, NOON_MS - 60_000)
    await feeds.close()

    wanted = next(
        each for each in await GeneratedFeeds(7).candles(COIN, NOON_MS - 60_000) if each.family == feed
    )
    assert [wanted[2:]] == [each[2:] for each in first]
    assert (first, 1) == (again, calls)


async def test_a_candle_that_could_not_be_had_is_asked_for_again(server: FeedServer) -> None:
    """It is absent, not empty."""
    feeds = opened(server, ["kraken"])
    server.once["kraken"] = [Fault.HTML]

    assert [] == await feeds.candles(COIN, NOON_MS - 60_000)
    assert 1 == len(await feeds.candles(COIN, NOON_MS - 60_000))
    assert () == await feeds.candles("UNKNOWN/USD", NOON_MS - 60_000)
    await feeds.close()


async def test_a_key_goes_to_its_feed_and_is_seen_nowhere_else(
    server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in quotes, reasons, standings or the log, even where the feed refuses it."""
    caplog.set_level(0)
    feeds = opened(server, FEEDS)
    server.faults["jupiter"] = Fault.UNAUTHORIZED
    heard, held = await tick(feeds)
    standings = feeds.standings()
    await feeds.close()

    assert KEY == server.seen_headers["jupiter"]["x-api-key"]
    assert f"Bearer {KEY}" == server.seen_headers["pyth"]["authorization"]
    assert f"Apikey {KEY}" == server.seen_headers["cryptocompare"]["authorization"]
    assert KEY == server.seen_headers["coingecko"]["x-cg-demo-api-key"]
    assert KEY not in repr([heard, held, standings, feeds, caplog.text])
    assert "jupiter is switched off: it answered 401" in caplog.text


async def test_only_what_is_listed_is_known(server: FeedServer) -> None:
    """A token needs no row; what no feed knows is unknown."""
    feeds = opened(server, ["dexscreener", "okx"])
    mint = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
    heard = await feeds.collect(["UNKNOWN/USD", f"pump:{mint}"], NOON_MS)
    await feeds.close()

    assert feeds.instrument("UNKNOWN/USD") is None
    token = feeds.instrument(f"pump:{mint}")
    assert token is not None
    assert token.single_pool
    assert {f"pump:{mint}"} == set(heard)
    assert {f"dexscreener:pump:{mint}": "UNAVAILABLE"} == heard[f"pump:{mint}"].silent
    assert () == await feeds.candles(f"pump:{mint}", NOON_MS)


async def test_what_no_feed_that_is_on_lists_is_unknown(server: FeedServer) -> None:
    """A listed coin and a token alike."""
    feeds = opened(server, ["okx"])
    await feeds.close()

    assert feeds.instrument("USDT/USD") is None
    assert feeds.instrument("pump:7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump") is None
    assert feeds.instrument(COIN) is not None


async def test_a_feed_that_is_off_is_not_opened(server: FeedServer) -> None:
    """It has no line, no source, and no standing."""
    settings = server.settings({"okx": DEFAULTS["okx"], "jupiter": DEFAULTS["jupiter"]})
    feeds = open_feeds(settings, clock=server.clock, pace=ClockPace(server.clock), rng=SeededRng())
    await feeds.close()

    assert ["okx"] == [standing.name for standing in feeds.standings()]


def direct(
    server: FeedServer,
    clock: ManualClock,
    names: Iterable[str],
    listings: Iterable[Listing],
    chain: ChainPools | None = None,
    pace: Pace | None = None,
    line: type[DirectLine] = DirectLine,
) -> LiveFeeds:
    """Some feeds of the server on a virtual clock, asked without a network."""
    pace = ManualPace(clock) if pace is None else pace
    clients = [
        FeedClient(
            vendor,
            DEFAULTS[vendor.name],
            line=line(server, vendor.name),
            clock=clock,
            pace=pace,
            rng=SeededRng(),
        )
        for vendor in VENDORS
        if vendor.name in names
    ]
    return LiveFeeds(clients, clock=clock, pace=pace, listings=listings, chain=chain)


async def test_a_room_is_created_over_feeds_that_nobody_has_asked_yet() -> None:
    """The price is that of the next tick, which is waited for."""
    clock = RunningClock(NOON_MS + 2_900, slower=SLOWER)
    async with FeedServer(GeneratedFeeds(7), clock) as server:
        feeds = opened(server, KEYLESS)
        oracle, house = ConsensusOracle(feeds), House()
        create = CreateRoom(
            store=house.store, oracle=oracle, clock=clock, ids=house.ids, rng=house.rng, rules=HouseRules()
        )
        created = await create(a_request(now_ms=NOON_MS))
        priced = await oracle.price(COIN, now_ms=NOON_MS + 3_000)
        unknown = await oracle.price("DOGE/USD", now_ms=NOON_MS + 3_000)
        await feeds.close()

    assert isinstance(created, Ok), created
    assert Direction.UP is created.value.market.direction
    assert isinstance(priced, Ok)
    market = GeneratedFeeds(7).path(COIN, NOON_MS + 3_000)
    assert NOON_MS + 3_000 == priced.value.tick_ms
    assert abs(priced.value.price - market) * PPM <= 1_000 * market
    assert Err(NotPriceable("DOGE/USD", "unknown")) == unknown


async def test_who_waits_for_a_tick_keeps_nobody_from_the_one_before() -> None:
    """A price asked for between ticks must not cost the monitor its own."""
    clock, later = ManualClock(), asyncio.Event()

    class Waiting:
        """Only what lies ahead is waited for, until somebody says so."""

        async def until(self, at_ms: int) -> None:
            if at_ms >= NOON_MS + TICK_MS:
                await later.wait()

    server = FeedServer(GeneratedFeeds(7), clock)
    feeds = direct(server, clock, KEYLESS, LISTINGS, pace=Waiting())
    ahead = asyncio.ensure_future(feeds.collect([COIN], feeds.askable(NOON_MS + 1)))
    await asyncio.sleep(0)
    now = await feeds.collect([COIN], NOON_MS)
    clock.set(NOON_MS + TICK_MS)
    later.set()

    assert 4 == len(now[COIN].quotes) == len((await ahead)[COIN].quotes)


async def test_a_feed_that_stands_still_is_frozen_after_a_minute() -> None:
    """While the others move, its fresh answers are old ones."""
    clock = ManualClock(NOON_MS)
    market = GeneratedFeeds(7, moves=[Move(instrument=COIN, from_ms=NOON_MS, by_ppm=20_000)])
    server = FeedServer(market, clock)
    server.faults["binance"] = Fault.FROZEN
    feeds = direct(server, clock, KEYLESS, LISTINGS)
    plan, watch = with_rates([COIN], feeds), dict[str, FrozenWatch]()
    frozen = []
    for tick_ms in range(NOON_MS, NOON_MS + 90_000, TICK_MS):
        clock.set(tick_ms)
        heard = await feeds.collect([each.name for each in plan], tick_ms)
        held = judge_all(plan, heard, tick_ms, frozen=watch)[COIN]
        assert held.accepted
        frozen.append(held.judged.found.rejected.get("binance:SOLUSDT"))

    assert "FROZEN" == frozen[-1]
    assert 20 == frozen.index(next(each for each in frozen if each == "FROZEN"))


async def test_a_thousand_instruments_keep_to_the_limits() -> None:
    """A virtual minute, every feed that needs no key: at most 80 % of what each allows, as the server counts it."""
    clock = ManualClock(NOON_MS)
    coins = {f"C{number}": 10**12 for number in range(1_000)}
    listings = [
        Listing(
            name=f"{coin}/USD",
            listed=(
                Listed("binance", f"{coin}USDT", "USDT"),
                Listed("coinbase", f"{coin}-USD"),
                Listed("kraken", f"{coin}USD"),
                Listed("okx", f"{coin}-USDT", "USDT"),
                Listed("dexscreener", coin),
            ),
        )
        for coin in coins
    ]
    table = TableFeeds()
    server = FeedServer(table, clock, listings=listings)
    feeds = direct(server, clock, [*KEYLESS, "dexscreener"], listings)
    for tick_ms in range(NOON_MS, NOON_MS + 66_000, TICK_MS):
        clock.set(max(tick_ms, clock.now_ms()))
        await feeds.collect([listing.name for listing in listings], tick_ms)
        assert clock.now_ms() <= tick_ms + 1_500

    assert (22, 22, 22) == (server.calls["binance"], server.calls["kraken"], server.calls["okx"])
    for feed in ("binance", "kraken", "okx", "dexscreener"):
        limit = DEFAULTS[feed].limit
        assert 100 * server.weight_within(feed, limit.per_ms) <= 80 * limit.units
    coinbase = DEFAULTS["coinbase"].limit
    assert 100 * server.weight_within("coinbase", 60_000) <= 80 * (coinbase.units * 60 + coinbase.burst)
    assert server.calls["coinbase"] >= 22 * 20


def many(count: int) -> list[Listing]:
    """So many coins, and after them the Tether they are quoted in."""
    coins = [
        Listing(
            name=f"A{number}/USD",
            listed=(Listed("coinbase", f"A{number}-USD"), Listed("kraken", f"A{number}USD")),
        )
        for number in range(count)
    ]
    return [*coins, *[each for each in LISTINGS if each.name in ("USDT/USD", COIN)]]


async def test_a_feed_that_cannot_carry_all_carries_the_rates() -> None:
    """Without the price of the Tether whatever is quoted in it has none either: it is asked for first."""
    clock = ManualClock(NOON_MS)
    market = GeneratedFeeds(7, coins={"SOL": 10**12, **{f"A{number}": 10**12 for number in range(40)}})
    server = FeedServer(market, clock, listings=many(40))
    feeds = direct(server, clock, KEYLESS, many(40))
    plan = with_rates([*[f"A{number}/USD" for number in range(40)], COIN], feeds)
    names = [each.name for each in with_rates([COIN], feeds)]
    heard = await feeds.collect([*names, *[each.name for each in plan]], NOON_MS)
    await feeds.close()

    assert {} == heard["USDT/USD"].silent
    assert 16 <= sum("NO_BUDGET" in said.silent.values() for said in heard.values())


async def test_candles_are_there_before_the_next_tick_or_given_up() -> None:
    """Late in a tick nobody is asked for one."""
    clock = ManualClock(NOON_MS + 2_460)
    server = FeedServer(GeneratedFeeds(7), clock)
    feeds = direct(server, clock, KEYLESS, LISTINGS)

    assert [] == await feeds.candles(COIN, NOON_MS - 60_000)
    assert 0 == server.calls.total()
    clock.set(NOON_MS + 3_000)
    assert 4 == len(await feeds.candles(COIN, NOON_MS - 60_000))
    await feeds.close()


async def test_one_candle_is_asked_for_once_by_all_who_want_it_at_the_same_time() -> None:
    """An outage leaves a thousand instruments that wait for one minute of the Tether."""
    clock = ManualClock(NOON_MS)
    server = FeedServer(GeneratedFeeds(7), clock)
    feeds = direct(server, clock, KEYLESS, LISTINGS)
    found = await asyncio.gather(*[feeds.candles("USDT/USD", NOON_MS - 60_000) for _ in range(5)])
    await feeds.close()

    assert [2] * 5 == [len(each) for each in found]
    assert (1, 1) == (server.calls["coinbase"], server.calls["kraken"])


class LateLine(DirectLine):
    """A line to Kraken, whose candles are not there until a time."""

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """No row, and later the server's."""
        answer = await super().get(path, params, headers, within_ms=within_ms)
        if self.server.clock.now_ms() >= NOON_MS + 30_000:
            return answer
        return Ok(Reply(200, {}, b'{"error":[],"result":{"SOLUSD":[],"last":0}}'))


async def test_a_candle_that_comes_late_is_looked_for_again() -> None:
    """Right after its minute nothing traded looks like not there yet; a minute later it is believed."""
    clock = ManualClock(NOON_MS + 10_000)
    server = FeedServer(GeneratedFeeds(7), clock)
    feeds = direct(server, clock, ["kraken"], LISTINGS, line=LateLine)
    found = []
    for at_ms in (10_000, 29_000, 30_000, 60_000):
        clock.set(NOON_MS + at_ms)
        found.append((len(await feeds.candles(COIN, NOON_MS - 60_000)), server.calls["kraken"]))
    await feeds.close()

    assert [(0, 1), (0, 1), (1, 2), (1, 2)] == found


async def test_a_minute_without_trades_is_believed_in_the_end() -> None:
    """It is not asked for as long as somebody waits for it."""
    clock = ManualClock(NOON_MS - 3_600_000)
    server = FeedServer(GeneratedFeeds(7), clock)
    feeds = direct(server, clock, ["kraken"], LISTINGS, line=LateLine)
    asked = []
    for at_ms in (10_000, 40_000, 70_000, 100_000, 130_000):
        clock.set(NOON_MS - 3_600_000 + at_ms)
        assert [] == await feeds.candles(COIN, NOON_MS - 3_660_000)
        asked.append(server.calls["kraken"])
    await feeds.close()

    assert [1, 2, 3, 3, 3] == asked


async def test_candles_are_forgotten_after_an_hour() -> None:
    """Whoever rested on one has judged by it: a day with silences fills no memory."""
    clock = ManualClock(NOON_MS)
    server = FeedServer(GeneratedFeeds(7), clock)
    feeds = direct(server, clock, ["kraken"], LISTINGS)
    asked = []
    for minutes in (0, 60, 61, 62):
        clock.set(NOON_MS + minutes * 60_000)
        await feeds.candles(COIN, NOON_MS - 60_000)
        asked.append(server.calls["kraken"])
        await feeds.candles(COIN, NOON_MS + (minutes - 1) * 60_000)
    await feeds.close()

    assert [1, 1, 2, 4] == asked


async def test_candles_are_remembered_but_not_all_of_them(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest are forgotten and asked for again."""
    monkeypatch.setattr("rooms_oracle.live.CANDLES_KEPT", 2)
    feeds = opened(server, ["binance"])
    for minute_ms in (
        NOON_MS - 60_000,
        NOON_MS - 120_000,
        NOON_MS - 180_000,
        NOON_MS - 120_000,
        NOON_MS - 60_000,
    ):
        assert 1 == len(await feeds.candles(COIN, minute_ms))
    await feeds.close()

    assert 4 == server.calls["binance"]


async def test_a_token_is_priced_by_its_pool_from_three_sides() -> None:
    """The chain, DexScreener and Jupiter agree; the depth follows from the lamports and the tick's price of SOL."""
    mint = Address("7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")
    name = f"pump:{mint}"
    chain = ScriptedChain()
    for address, state in on_curve(mint).items():
        chain.put_program(address, state)
    clock = ManualClock(NOON_MS)
    market = GeneratedFeeds(7, tokens=[Token(mint=mint, sol_price=27_959, wildness=0)])
    server = FeedServer(market, clock, mints=[mint])
    names = [*KEYLESS, "dexscreener", "jupiter"]
    feeds = direct(server, clock, names, LISTINGS, chain=ChainPools(chain, clock))
    oracle = ConsensusOracle(feeds)
    oracle.poll(name)
    ticked = await oracle.tick(NOON_MS)
    assert isinstance(ticked, Ok)
    records = [record.body for record in ticked.value.records]
    (row,) = ticked.value.states
    sol = market.path(COIN, NOON_MS)
    cap, depth_cents = 27_958_993_476 * sol // 10**19, 30_000_000_000 * sol // 10**19

    assert abs(row.last.price - cap) * 100 <= cap
    assert row.depth is not None
    assert row.depth.on_curve
    assert abs(row.depth.liquidity_cents - depth_cents) * 100 <= depth_cents
    assert isinstance(check_records(records), Ok)
    assert '"lamports":"30000000000"' in "".join(records)
    assert f'"address":"{accounts_of(mint).curve}"' in "".join(records)
    assert '"slot":"998"' in "".join(records)


async def test_what_is_final_is_the_chains_to_tell() -> None:
    """Of a token, where a chain is read; of nothing else."""
    mint = Address("7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")
    clock, chain = ManualClock(NOON_MS), ScriptedChain()
    for address, account in on_curve(mint).items():
        chain.put_program(address, account)
    server = FeedServer(GeneratedFeeds(7), clock)
    pools = ChainPools(chain, clock)
    feeds = direct(server, clock, ["dexscreener"], LISTINGS, chain=pools)
    found = await feeds.final(f"pump:{mint}", at_least_slot=0)

    assert found is not None
    assert accounts_of(mint).curve == found.address
    assert await feeds.final("SOL/USD", at_least_slot=0) is None
    blind = direct(server, clock, ["dexscreener"], LISTINGS)
    assert await blind.final(f"pump:{mint}", at_least_slot=0) is None


async def test_a_token_nobody_made_is_silent_with_a_reason() -> None:
    """And the record says so; a checker accepts it, and notices when a word of it is changed."""
    mint = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
    clock = ManualClock(NOON_MS)
    server = FeedServer(GeneratedFeeds(7), clock)
    feeds = direct(
        server, clock, [*KEYLESS, "dexscreener"], LISTINGS, chain=ChainPools(ScriptedChain(), clock)
    )
    oracle = ConsensusOracle(feeds)
    oracle.poll(f"pump:{mint}")
    ticked = await oracle.tick(NOON_MS)
    assert isinstance(ticked, Ok)
    records = [record.body for record in ticked.value.records]

    assert ((f"pump:{mint}", "NO_QUORUM"),) == ticked.value.refused
    assert f'"silent":{{"chain":"NOT_A_COIN","dexscreener:pump:{mint}":"UNAVAILABLE"}}' in records[-1]
    assert isinstance(check_records(records), Ok)
    changed = records[-1].replace("NOT_A_COIN", "NOT_A_COIM")
    assert isinstance(check_records([*records[:-1], changed]), Err)


async def play(source: ReplayFeeds, from_ms: int, minutes: int) -> list[tuple[HeldTick, HeldTick]]:
    """Ticks of recorded minutes: as the live feeds hear them from the server, and as the records say."""
    clock = ManualClock(from_ms)
    server = FeedServer(source, clock)
    feeds = direct(server, clock, ["binance", "coinbase", "kraken"], LISTINGS)
    plan, recorded = with_rates(["BTC/USD"], feeds), with_rates(["BTC/USD"], source)
    ticks = []
    for tick_ms in range(from_ms, from_ms + minutes * 60_000, TICK_MS):
        clock.set(tick_ms)
        heard = await feeds.collect([each.name for each in plan], tick_ms)
        told = await source.collect([each.name for each in recorded], tick_ms)
        ticks.append(
            (judge_all(plan, heard, tick_ms)["BTC/USD"], judge_all(recorded, told, tick_ms)["BTC/USD"])
        )
    return ticks


async def test_recorded_minutes_are_played_over_the_feeds(tmp_path: Path) -> None:
    """The server shows each venue's own prices, in its own currency; the consensus is that of the records."""
    minute_s = NOON_MS // 1_000
    for name, price in {
        "binanceus_BTC-USDT": 20_400,
        "coinbase_BTC-USD": 20_000,
        "kraken_BTC-USD": 20_010,
        "coinbase_USDT-USD": "0.98",
        "kraken_USDT-USD": "0.981",
    }.items():
        rows = [f"{minute_s + 60 * minute},{price},{price},{price},{price},1" for minute in range(2)]
        text = "\n".join(["ts_open,open,high,low,close,volume", *rows])
        (tmp_path / f"{name}_1m.csv").write_text(text, encoding="ascii")
    source = ReplayFeeds.open_folder(tmp_path)
    assert isinstance(source, Ok)
    ticks = await play(source.value, NOON_MS, 2)

    assert 40 == len(ticks)
    for live, recorded in ticks:
        assert live.accepted
        assert recorded.accepted
        assert abs(live.price - recorded.price) <= 2 * 10**6


async def test_a_night_without_a_dollar_peg_is_played_over_the_feeds(data_folder: Path) -> None:
    """11 March 2023, 07:00: stablecoins are off; whenever both have a price, the live one is that of the records."""
    source = ReplayFeeds.open_folder(data_folder / "btc_multi_venue_2023-03-08_11")
    assert isinstance(source, Ok)
    ticks = await play(source.value, 1_678_518_000_000, 10)

    both = [(live.price, recorded.price) for live, recorded in ticks if live.accepted and recorded.accepted]
    assert len(both) >= 150
    assert all(abs(live - recorded) * PPM <= 5_000 * recorded for live, recorded in both)
