"""The streams over loopback: the same prices as polling, and every fault ends in polling, without a lost tick."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

import pytest
from benchmarks.oracle import stream_figures

from rooms_core.result import Err, Ok
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_oracle.aggregate import PPM
from rooms_oracle.checker import check_records
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import Heard, Quote
from rooms_oracle.held import HeldTick, judge_all, with_rates
from rooms_oracle.limiter import Limit
from rooms_oracle.live import LiveFeeds, open_feeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.pace import ClockPace
from rooms_oracle.script import Move
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.stats import StreamStanding
from rooms_oracle.streams import STREAMS
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.slow_line import slow_lines
from rooms_oracle.testing.stream_faults import StreamFault

KEYLESS = ["binance", "coinbase", "kraken", "okx"]
COIN = "SOL/USD"
SLOWER = 2
ROUND_MS = 25
STALLS = 5
ROUNDS = 600
"""Ticks follow one another quickly here: what counts is that none is lost, not how far apart they are."""

FROM_THE_START: dict[StreamFault, set[str]] = {
    StreamFault.NO_ANSWER: {"CONNECTING"},
    StreamFault.FORBIDDEN: {"SWITCHED_OFF", "OFF"},
    StreamFault.NOT_HERE: {"SWITCHED_OFF", "OFF"},
    StreamFault.THROTTLED: {"THROTTLED", "MUTED"},
    StreamFault.BUSY: {"HTTP_STATUS"},
    StreamFault.REDIRECT: {"HTTP_STATUS"},
    StreamFault.HANG_UP: {"MALFORMED"},
}
"""What is said of a stream that cannot be had."""
LATER: dict[Fault | StreamFault, set[str]] = {
    StreamFault.CUT: {"UNREACHABLE"},
    StreamFault.SILENT: {"TIMEOUT", "OLD"},
    StreamFault.GARBAGE: {"MALFORMED"},
    StreamFault.HUGE: {"MALFORMED"},
    StreamFault.DISCONNECTS: {"UNREACHABLE"},
    StreamFault.REPEATING: {"OLD"},
    StreamFault.OUT_OF_ORDER: {"OUT_OF_ORDER", "OLD"},
    StreamFault.WRONG_SYMBOL: {"DIFFERS"},
    Fault.THOUSANDFOLD: {"DIFFERS"},
    Fault.MILLIONFOLD: {"UNREADABLE"},
    Fault.SWAPPED: {"DIFFERS"},
    Fault.ZERO: {"UNREADABLE"},
    Fault.NEGATIVE: {"UNREADABLE"},
    Fault.NAN: {"UNREADABLE"},
    Fault.NULL: {"UNREADABLE"},
    Fault.MISSING: {"OLD"},
}
"""What is said of a stream that goes well, and then does not."""
HARMLESS = (StreamFault.NO_JSON, StreamFault.UNKNOWN)


class House:
    """Feeds of a server, one of them or more with its stream."""

    def __init__(self, server: FeedServer, streamed: list[str]) -> None:
        self.server = server
        self.tasks = AwaitedTasks()
        plenty = Limit(units=1_000_000, per_ms=1_000, burst=100_000)
        own = {"stream_age_ms": 300, "stream_silence_ms": 1_500, "limit": plenty}
        settings = server.settings(
            {name: DEFAULTS[name].model_copy(update={"stream": name in streamed, **own}) for name in KEYLESS}
        )
        self.feeds = open_feeds(
            settings,
            clock=server.clock,
            pace=ClockPace(server.clock),
            rng=SeededRng(),
            line=slow_lines(SLOWER),
            tasks=self.tasks,
        )
        self.plan = with_rates([COIN], self.feeds)
        self.streamed = streamed
        self.closed = False
        OPENED.append(self)

    async def tick(self) -> tuple[Heard, HeldTick]:
        """A tick that is now: it is accepted, and at the market's price.

        Where a feed without a stream did not answer in time the machine stood still: that says nothing of streams.
        """
        heard, held = await self._once()
        for _ in range(STALLS):
            late = {source.partition(":")[0] for each in heard.values() for source in each.silent}
            if held.accepted or late <= set(self.streamed):
                break
            heard, held = await self._once()
        assert held.accepted, (heard, held.judged.found)
        return heard[COIN], held

    async def _once(self) -> tuple[Mapping[str, Heard], HeldTick]:
        tick_ms = self.server.clock.now_ms() + ROUND_MS
        heard = await self.feeds.collect([each.name for each in self.plan], tick_ms)
        return heard, judge_all(self.plan, heard, tick_ms)[COIN]

    async def until(self, done: Callable[[StreamStanding], bool], feed: str) -> StreamStanding:
        """Tick until a stream stands so."""
        for _ in range(ROUNDS):
            await self.tick()
            standing = self.standing(feed)
            if done(standing):
                return standing
        raise AssertionError(self.feeds.streams())

    def standing(self, feed: str) -> StreamStanding:
        """How a stream stands."""
        return next(each for each in self.feeds.streams() if each.name == feed)

    async def close(self) -> None:
        """Close it, and see that nothing runs on."""
        self.closed = True
        await self.feeds.close()
        await self.tasks.drain()


OPENED: list[House] = []


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A generated market, at noon and going on; who failed in between leaves no connection behind."""
    async with FeedServer(GeneratedFeeds(7), RunningClock(NOON_MS, slower=SLOWER)) as running:
        yield running
        while OPENED:
            house = OPENED.pop()
            if not house.closed:
                await house.close()


@pytest.fixture(autouse=True)
def _steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for what is looked at every now and then."""
    monkeypatch.setattr("rooms_oracle.stream_feed.STEP_MS", 40)
    monkeypatch.setattr("rooms_oracle.stream_connection.STEP_MS", 40)


def of(feed: str, heard: Heard) -> Quote:
    """What a feed said."""
    return next(quote for quote in heard.quotes if quote.family == feed)


def words(standing: StreamStanding) -> set[str]:
    """All that is said of a stream."""
    return {*standing.errors, *standing.polled}


@pytest.mark.parametrize("feed", STREAMS)
async def test_a_streamed_price_is_an_observation_as_any_other(server: FeedServer, feed: str) -> None:
    """The same source, family and digits; its own times, and the hash of the message it was read from."""
    house = House(server, [feed])
    polled, _ = await house.tick()
    await house.until(lambda standing: standing.taken > 0, feed)
    calls = server.calls[feed]
    taken = house.standing(feed).taken
    streamed, _ = await house.tick()
    assert house.standing(feed).taken > taken
    await house.close()

    before, after = of(feed, polled), of(feed, streamed)
    assert before[:2] == after[:2]
    assert (before.weight, before.quote) == (after.weight, after.quote)
    assert before.raw == after.raw or before.price != after.price
    assert 64 == len(after.body_sha256)
    assert after.body_sha256 != before.body_sha256
    assert after.ts_request_start <= after.ts_received
    assert (feed != "binance") is (after.ts_source is not None)
    assert calls == server.calls[feed]
    assert {} == streamed.silent
    assert 1 == len([quote for quote in streamed.quotes if quote.family == feed])


@pytest.mark.parametrize("fault", FROM_THE_START, ids=lambda fault: fault.name)
@pytest.mark.parametrize("feed", STREAMS)
async def test_a_stream_that_cannot_be_had_is_polled(
    server: FeedServer, feed: str, fault: StreamFault
) -> None:
    """No tick is lost, and it is said why nothing is streamed."""
    server.streams.faults[feed] = fault
    house = House(server, [feed])
    standing = await house.until(lambda found: FROM_THE_START[fault] <= words(found), feed)
    heard, _ = await house.tick()
    await house.close()

    assert 0 == standing.taken
    assert of(feed, heard).price > 0
    assert standing.on is (fault not in (StreamFault.FORBIDDEN, StreamFault.NOT_HERE))


@pytest.mark.parametrize("fault", LATER, ids=lambda fault: fault.name)
@pytest.mark.parametrize("feed", STREAMS)
async def test_a_stream_that_goes_wrong_is_polled(
    server: FeedServer, feed: str, fault: Fault | StreamFault
) -> None:
    """It went well, then it does not: every tick is accepted at the market's price, and the fault has a name."""
    house = House(server, [feed])
    await house.until(lambda standing: standing.taken > 1, feed)
    calls = server.calls[feed]
    server.streams.faults[feed] = fault
    await house.until(lambda found: LATER[fault] <= words(found) and server.calls[feed] > calls, feed)
    heard, held = await house.tick()
    await house.close()

    market = GeneratedFeeds(7).path(COIN, server.clock.now_ms())
    assert abs(held.price - market) * PPM <= 3_000 * market
    assert of(feed, heard).price > 0


@pytest.mark.parametrize("fault", HARMLESS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("feed", STREAMS)
async def test_what_nobody_knows_is_counted_and_does_no_harm(
    server: FeedServer, feed: str, fault: StreamFault
) -> None:
    """Prices go on beside it."""
    server.streams.faults[feed] = fault
    house = House(server, [feed])
    standing = await house.until(lambda found: "UNKNOWN" in found.errors and found.taken > 3, feed)
    await house.close()

    assert 1 == standing.opened


@pytest.mark.parametrize("feed", ["coinbase", "okx"])
@pytest.mark.parametrize("fault, word", [(Fault.AHEAD, "AHEAD"), (Fault.BEHIND, "OLD")])
async def test_times_that_are_off_are_not_taken(
    server: FeedServer, feed: str, fault: Fault, word: str
) -> None:
    """Ten seconds ahead or a minute behind: the feed is asked, and its own clock counts."""
    house = House(server, [feed])
    await house.until(lambda standing: standing.taken > 0, feed)
    server.streams.faults[feed] = fault
    await house.until(lambda found: word in found.polled, feed)
    await house.close()


@pytest.mark.parametrize("feed", STREAMS)
async def test_prices_that_stand_still_with_fresh_times_are_noticed(
    feed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The market moves by two per cent; at the next comparison the stream is no longer believed."""
    monkeypatch.setattr("rooms_oracle.streams.trust.COMPARED_EVERY_MS", 100)
    market = GeneratedFeeds(7, moves=[Move(instrument=COIN, from_ms=NOON_MS, by_ppm=20_000, over_ms=1)])
    async with FeedServer(market, RunningClock(NOON_MS + 1_000, slower=SLOWER)) as server:
        house = House(server, [feed])
        server.streams.faults[feed] = Fault.FROZEN
        await house.until(lambda found: "DIFFERS" in found.polled, feed)
        heard, held = await house.tick()
        await house.close()

    price = market.path(COIN, server.clock.now_ms())
    assert abs(held.price - price) * PPM <= 3_000 * price
    assert of(feed, heard).price > 0


@pytest.mark.parametrize("feed", STREAMS)
async def test_a_stream_comes_back(server: FeedServer, feed: str) -> None:
    """After a pause it is opened again, subscribed anew, and taken."""
    house = House(server, [feed])
    await house.until(lambda standing: standing.taken > 0, feed)
    server.streams.faults[feed] = StreamFault.CUT
    await house.until(lambda standing: "UNREACHABLE" in standing.errors, feed)
    del server.streams.faults[feed]
    taken = house.standing(feed).taken
    standing = await house.until(lambda found: found.taken > taken + 1, feed)
    await house.close()

    assert standing.opened >= 2


@pytest.mark.parametrize("feed", ["binance", "okx"])
async def test_a_connection_that_is_about_to_close_has_a_successor_first(
    server: FeedServer, feed: str
) -> None:
    """Both stand for a while, and no tick has to be polled for it."""
    house = House(server, [feed])
    await house.until(lambda standing: standing.taken > 1, feed)
    server.streams.faults[feed] = StreamFault.LEAVING
    await house.until(lambda standing: standing.opened > 1, feed)
    del server.streams.faults[feed]
    await house.until(lambda standing: server.streams.standing[feed] == 1 == standing.connected, feed)
    standing = house.standing(feed)
    await house.close()

    assert {"UNREACHABLE"} & {*standing.errors} == set()


async def test_pings_are_answered(server: FeedServer) -> None:
    """Binance cuts off who does not."""
    server.streams.ping_seconds = 0.1
    server.streams.pong_seconds = 0.4
    house = House(server, ["binance"])
    standing = await house.until(lambda _: server.streams.pongs["binance"] > 2, "binance")
    await house.close()

    assert 1 == standing.opened == server.streams.opened["binance"]


async def test_the_same_prices_are_accepted_with_streams_and_without(server: FeedServer) -> None:
    """Tick by tick: what is streamed is what is polled."""
    streamed, polled = House(server, list(STREAMS)), House(server, [])
    for feed in STREAMS:
        await streamed.until(lambda standing: standing.taken > 0, feed)
    pairs: list[tuple[int, int]] = []
    for _ in range(ROUNDS):
        tick_ms = server.clock.now_ms()
        if tick_ms % 3_000 > 2_500 or tick_ms % 3_000 < 500:
            await streamed.tick()  # the market moves with the grid: not while it does
            continue
        one = await held_at(streamed, tick_ms)
        other = await held_at(polled, tick_ms)
        pairs.append((one.price, other.price))
        assert [name for name, *_ in one.judged.found.inliers] == [
            name for name, *_ in other.judged.found.inliers
        ]
        if len(pairs) == 12:
            break
    await streamed.close()
    await polled.close()

    assert 12 == len(pairs)
    assert [one for one, _ in pairs] == [other for _, other in pairs]


async def held_at(house: House, tick_ms: int) -> HeldTick:
    """A tick at a time, judged."""
    heard = await house.feeds.collect([each.name for each in house.plan], tick_ms)
    return judge_all(house.plan, heard, tick_ms)[COIN]


async def test_a_record_of_streamed_prices_is_checked_as_any_other(server: FeedServer) -> None:
    """The checker needs nothing but the record, and refuses it after one changed digit."""
    house = House(server, list(STREAMS))
    for feed in STREAMS:
        await house.until(lambda standing: standing.taken > 0, feed)
    oracle = ConsensusOracle(house.feeds)
    oracle.poll(COIN)
    taken = house.standing("okx").taken
    ticked = await oracle.tick(server.clock.now_ms() // 3_000 * 3_000 + 3_000)
    assert isinstance(ticked, Ok)
    assert house.standing("okx").taken > taken
    await house.close()

    records = [record.body for record in ticked.value.records]
    assert '"ts_basis":"request"' in records[-1]
    assert isinstance(check_records(records), Ok)
    changed = records[-1].replace('"raw":"1', '"raw":"2', 1)
    assert isinstance(check_records([*records[:-1], changed]), Err)


async def test_limits_of_the_vendors_are_kept(server: FeedServer) -> None:
    """What Binance hears in any second: at most four messages of five."""
    house = House(server, ["binance"])
    await house.until(lambda standing: standing.taken > 10, "binance")
    seconds = server.clock.now_ms() - NOON_MS
    await house.close()

    assert len(server.streams.heard["binance"]) <= 2 + seconds * SLOWER * 2 // 1_000


async def test_a_flood_delays_no_tick(server: FeedServer) -> None:
    """Thousands of messages a second, and each tick is heard long before it closes."""
    house = House(server, ["binance"])
    await house.until(lambda standing: standing.taken > 1, "binance")
    server.streams.flood = 500
    took: list[int] = []
    before = house.standing("binance").messages
    while house.standing("binance").messages < before + 20_000:
        begun_ms = server.clock.now_ms()
        await house.tick()
        took.append(server.clock.now_ms() - begun_ms)
    standing = house.standing("binance")
    await house.close()

    assert max(took) < 1_500
    assert 1 == standing.opened


async def test_streams_are_off_unless_switched_on(server: FeedServer) -> None:
    """And without tasks to run as they stay off, too."""
    house = House(server, [])
    await house.tick()
    settings = server.settings({"okx": DEFAULTS["okx"].model_copy(update={"stream": True})})
    feeds: LiveFeeds = open_feeds(settings, clock=server.clock, pace=ClockPace(server.clock), rng=SeededRng())
    await feeds.close()
    await house.close()

    assert [] == house.feeds.streams() == feeds.streams()
    assert 0 == server.streams.opened.total()


async def test_what_a_stream_is_worth_can_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures of the documentation: what is polled over a long line is heard after its length at the earliest."""
    monkeypatch.setattr(stream_figures, "TICKS", 2)
    found = await stream_figures.measure("okx", stream=False)

    assert len(found.heard) == len(found.age) == len(found.received) > 0
    assert min(found.heard) >= 1_000 * stream_figures.LAG_SECONDS - 1
    assert (50, 99) == stream_figures.middle(list(reversed(range(100))))
