"""A tick of a feed with a stream: what is taken from it, what is asked for, and what is compared."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from rooms_core.result import Result
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_oracle.client import FeedClient
from rooms_oracle.failures import FeedFailure
from rooms_oracle.feeds import VENDORS
from rooms_oracle.feeds.vendor import Priced
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.poll import Answered, FeedPoll, Outcome
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.stream_feed import StreamFeed
from rooms_oracle.stream_poll import COMPARED_MOST, StreamPoll, with_stream
from rooms_oracle.streams import STREAMS
from rooms_oracle.streams.inbox import Streamed
from rooms_oracle.streams.line import Socket
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.testing.direct_line import DirectLine
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer

SOL = {"okx": "SOL-USDT", "coinbase": "SOL-USD", "binance": "SOLUSDT"}


class Said(StreamFeed):
    """A stream that says what a test gives it."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        super().__init__(
            STREAMS[name],
            DEFAULTS[name],
            dial=never,
            clock=clock,
            pace=ManualPace(clock),
            rng=SeededRng(),
            tasks=AwaitedTasks(),
        )
        self.said: dict[str, Streamed] = {}

    def want(self, symbols: Iterable[str]) -> None:
        """Opens nothing."""

    def newest(self, symbol: str) -> Streamed | str:
        """As given."""
        return self.said.get(symbol, "NONE_YET")


async def never() -> Result[Socket, FeedFailure]:
    """Nobody is called here."""
    raise AssertionError


class Stage:
    """A feed of the server with a stream beside it, at noon."""

    def __init__(self, name: str = "okx") -> None:
        self.clock = ManualClock(NOON_MS)
        self.market = GeneratedFeeds(7)
        self.server = FeedServer(self.market, self.clock)
        self.name = name
        self.symbol = SOL[name]
        vendor = next(each for each in VENDORS if each.name == name)
        pace = ManualPace(self.clock)
        client = FeedClient(
            vendor,
            DEFAULTS[name].model_copy(update={"offset_ms": 0}),
            line=DirectLine(self.server, name),
            clock=self.clock,
            pace=pace,
            rng=SeededRng(),
        )
        self.stream = Said(name, self.clock)
        poll = with_stream(FeedPoll(client, pace), {name: self.stream}, clock=self.clock, pace=pace)
        assert isinstance(poll, StreamPoll)
        self.poll = poll

    def say(
        self,
        *,
        price: int = 165 * 10**12,
        age_ms: int = 0,
        asked_ms: int = 0,
        own_age_ms: int | None = 0,
        symbol: str = "",
    ) -> Streamed:
        """A message that arrived so long ago."""
        now_ms = self.clock.now_ms()
        own_ms = None if own_age_ms is None else now_ms - own_age_ms
        priced = Priced(price, 1, "1/1", own_ms)
        said = Streamed(priced, now_ms - age_ms - asked_ms, now_ms - age_ms, "hash")
        self.stream.said[symbol or self.symbol] = said
        return said

    async def market_price(self) -> int:
        """What polling says now."""
        heard = await self.poll._poll.hear([self.symbol], self.clock.now_ms() - 1)
        outcome = heard[self.symbol]
        assert isinstance(outcome, Answered)
        return outcome.priced.price

    async def hear(self, tick_ms: int | None = None) -> Outcome:
        """A tick."""
        at_ms = self.clock.now_ms() if tick_ms is None else tick_ms
        return (await self.poll.hear([self.symbol], at_ms))[self.symbol]

    async def trusted(self) -> int:
        """The price of the market, after the stream has once been compared with it."""
        price = await self.market_price()
        self.say(price=price)
        outcome = await self.hear()
        assert isinstance(outcome, Answered)
        self.clock.set(self.clock.now_ms() + 100)
        return price


def polled(stage: Stage, word: str) -> int:
    """How often was asked for that reason."""
    return stage.poll.standing().polled.get(word, 0)


@pytest.mark.parametrize("name", SOL)
async def test_a_trusted_stream_is_taken_without_a_call(name: str) -> None:
    """Its first price is compared; from then on nobody is asked."""
    stage = Stage(name)
    price = await stage.trusted()
    calls = stage.server.calls[name]
    own_age_ms = None if name == "binance" else 0
    said = stage.say(price=price + 10**9, own_age_ms=own_age_ms)
    outcome = await stage.hear()

    assert Answered(*said) == outcome
    assert calls == stage.server.calls[name]
    assert (1, 1) == (stage.poll.standing().taken, polled(stage, "COMPARED"))


@pytest.mark.parametrize(
    "name, age_ms, asked_ms, own_age_ms, word",
    [
        ("okx", 2_001, 0, 2_001, "OLD"),
        ("okx", 0, 0, 2_001, "OLD"),
        ("okx", 2_001, 0, 1, "OLD"),
        ("okx", 0, 0, -2_001, "AHEAD"),
        ("binance", 0, 2_001, None, "OLD"),
        ("binance", -1_501, 0, None, "LATE"),
    ],
)
async def test_what_cannot_enter_the_tick_is_asked_for(
    name: str, age_ms: int, asked_ms: int, own_age_ms: int | None, word: str
) -> None:
    """Received too long ago, told too long ago, ahead of its time, or after the tick has closed."""
    stage = Stage(name)
    price = await stage.trusted()
    calls = stage.server.calls[name]
    stage.say(price=price, age_ms=age_ms, asked_ms=asked_ms, own_age_ms=own_age_ms)
    outcome = await stage.hear()

    assert isinstance(outcome, Answered)
    assert "hash" != outcome.body_sha256
    assert (calls + 1, 1) == (stage.server.calls[name], polled(stage, word))


@pytest.mark.parametrize("name", ["okx", "binance"])
async def test_what_is_just_young_enough_is_taken(name: str) -> None:
    """To the millisecond; for a source without times, since the question before it."""
    stage = Stage(name)
    price = await stage.trusted()
    if name == "okx":
        said = stage.say(price=price, age_ms=1_000, own_age_ms=2_000)
    else:
        said = stage.say(price=price, age_ms=1_000, asked_ms=1_000, own_age_ms=None)

    assert Answered(*said) == await stage.hear()


async def test_a_stream_that_differs_is_asked_about_until_it_agrees(caplog: pytest.LogCaptureFixture) -> None:
    """With one line in the log; what is polled is the answer."""
    stage = Stage()
    price = await stage.market_price()
    for _ in range(2):
        stage.say(price=price * 1_000)
        outcome = await stage.hear()
        assert isinstance(outcome, Answered)
        assert outcome.priced.price < price * 2
        stage.clock.set(stage.clock.now_ms() + 100)
    assert (1, 1) == (polled(stage, "COMPARED"), polled(stage, "DIFFERS"))
    assert 1 == caplog.text.count("the stream of okx is not what is polled: SOL-USDT")
    stage.say(price=price)
    await stage.hear()
    stage.clock.set(stage.clock.now_ms() + 100)
    said = stage.say(price=price)
    assert Answered(*said) == await stage.hear()


async def test_a_stream_carries_on_where_calls_fail() -> None:
    """Nothing contradicts it, also at its first price; but one that differed is not believed."""
    stage = Stage()
    stage.server.faults["okx"] = Fault.BUSY
    said = stage.say()
    assert Answered(*said) == await stage.hear()
    stage = Stage()
    price = await stage.market_price()
    stage.say(price=price * 1_000)
    await stage.hear()
    stage.clock.set(stage.clock.now_ms() + 100)
    stage.server.faults["okx"] = Fault.BUSY
    stage.say(price=price * 1_000)

    assert "HTTP_STATUS" == await stage.hear()


async def test_what_is_taken_is_a_success_of_the_feed() -> None:
    """Who looks at its age sees that it is heard, although nobody asks it."""
    stage = Stage()
    never_heard = stage.poll.as_feed()
    price = await stage.trusted()
    asked = stage.poll.as_feed()
    stage.clock.set(stage.clock.now_ms() + 5_000)
    stage.say(price=price, age_ms=300, own_age_ms=300)
    await stage.hear()
    streamed = stage.poll.as_feed()

    assert (None, None) == (never_heard.last_success_ms, never_heard.age_ms)
    assert stage.poll.client.standing().last_success_ms == asked.last_success_ms
    assert (300, stage.clock.now_ms() - 300) == (streamed.age_ms, streamed.last_success_ms)


async def test_the_same_tick_is_heard_once() -> None:
    """Whoever asks again is told the same, whatever has arrived since; a new tick is another."""
    stage = Stage()
    price = await stage.trusted()
    tick_ms = stage.clock.now_ms()
    said = stage.say(price=price)
    assert Answered(*said) == await stage.hear(tick_ms)
    newer = stage.say(price=price + 1)
    assert Answered(*said) == await stage.hear(tick_ms)
    assert Answered(*newer) == await stage.hear(tick_ms + 1)


async def test_a_tick_that_is_still_to_come_is_waited_for() -> None:
    """What arrives meanwhile is in it."""
    stage = Stage()
    await stage.trusted()
    tick_ms = stage.clock.now_ms() + 1_000
    outcome = await stage.hear(tick_ms)

    assert isinstance(outcome, Answered)
    assert stage.clock.now_ms() >= tick_ms


async def test_where_each_symbol_costs_a_call_few_are_compared_at_once() -> None:
    """The others are taken, and their turn comes."""
    stage = Stage("coinbase")
    symbols = [f"C{number}-USD" for number in range(COMPARED_MOST + 5)]
    for symbol in symbols:
        stage.say(symbol=symbol)
    await stage.poll.hear(symbols, stage.clock.now_ms())

    assert COMPARED_MOST == polled(stage, "COMPARED")
    assert 5 == stage.poll.standing().taken


def test_a_feed_without_a_stream_is_polled_as_ever() -> None:
    """Nothing stands between."""
    stage = Stage()
    poll = stage.poll._poll

    assert poll is with_stream(poll, {}, clock=stage.clock, pace=ManualPace(stage.clock))
