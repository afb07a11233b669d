"""The stream of a feed on a virtual clock: what it opens, carries, replaces and gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from rooms_core.result import Err, Ok, Result
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_oracle.breaker import BreakerState
from rooms_oracle.failures import FeedFailure, SwitchedOff, Timeout, Unreachable
from rooms_oracle.limiter import Limit
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.stream_feed import CONNECTIONS_MOST, WANTED_MS, StreamFeed
from rooms_oracle.streams import STREAMS
from rooms_oracle.streams.inbox import Streamed
from rooms_oracle.streams.line import Socket
from rooms_oracle.streams.okx import OkxStream
from rooms_oracle.streams.vendor import StreamVendor
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.testing.desk import Shown
from rooms_oracle.testing.stream_shapes import STREAM_SHAPES


class ScriptedSocket:
    """A connection that says what a test gives it, and keeps what it is told."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.sends_fail: FeedFailure | None = None
        self.closed = False
        self._said: asyncio.Queue[Result[str, FeedFailure]] = asyncio.Queue()

    def say(self, text: str) -> None:
        """A message arrives."""
        self._said.put_nowait(Ok(text))

    def end(self, why: FeedFailure) -> None:
        """The connection ends."""
        self._said.put_nowait(Err(why))

    async def send(self, text: str, *, within_ms: int) -> FeedFailure | None:
        """Kept."""
        self.sent.append(text)
        return self.sends_fail

    async def receive(self) -> Result[str, FeedFailure]:
        """What was given, in order."""
        return await self._said.get()

    async def close(self) -> None:
        """Ends it for whoever waits."""
        self.closed = True
        self.end(Unreachable("closed"))


class Line:
    """Opens scripted connections, or fails as planned."""

    def __init__(self) -> None:
        self.sockets: list[ScriptedSocket] = []
        self.fail: list[FeedFailure] = []
        self.dialled = 0

    async def __call__(self) -> Result[Socket, FeedFailure]:
        """Open one."""
        self.dialled += 1
        await asyncio.sleep(0)
        if self.fail:
            return Err(self.fail.pop(0))
        self.sockets.append(ScriptedSocket())
        return Ok(self.sockets[-1])


class Stage:
    """A stream feed with its line, on a clock that runs as fast as it can."""

    def __init__(self, name: str = "okx", **update: object) -> None:
        self.clock = ManualClock(NOON_MS)
        self.line = Line()
        self.tasks = AwaitedTasks()
        vendor = STREAMS[name]
        self.vendor: StreamVendor = vendor
        self.feed = StreamFeed(
            vendor,
            DEFAULTS[name].model_copy(update=update),
            dial=self.line,
            clock=self.clock,
            pace=ManualPace(self.clock),
            rng=SeededRng(),
            tasks=self.tasks,
        )

    async def until(self, done: Callable[[], bool], steps: int = 3_000) -> None:
        """Let it run until something is so."""
        for _ in range(steps):
            if done():
                return
            await asyncio.sleep(0)
        raise AssertionError(self.feed.standing())

    async def close(self) -> None:
        """Close it, and see that nothing is left."""
        await self.feed.close()
        await self.tasks.drain()
        assert all(socket.closed for socket in self.line.sockets)

    def price(self, symbol: str, order: int = 1) -> str:
        """A message with a price."""
        shown = Shown("1.5", "1.6", "1.55", 1)
        return STREAM_SHAPES[self.vendor.name]({}).price(symbol, shown, order, self.clock.now_ms())


async def opened(stage: Stage, symbols: Sequence[str]) -> ScriptedSocket:
    """A connection that carries some symbols and has been asked for them."""
    before = len(stage.line.sockets)
    stage.feed.want(symbols)
    await stage.until(lambda: len(stage.line.sockets) > before and bool(stage.line.sockets[-1].sent))
    return stage.line.sockets[-1]


async def test_it_starts_with_the_first_symbol_and_tells_why_there_is_no_price_yet() -> None:
    """Nothing is opened before; afterwards there is the newest price."""
    stage = Stage()
    assert "NOT_CARRIED" == stage.feed.newest("A")
    assert 0 == stage.line.dialled
    stage.feed.want(["A"])
    await stage.until(lambda: stage.feed.newest("A") == "CONNECTING")
    await stage.until(lambda: bool(stage.line.sockets) and bool(stage.line.sockets[0].sent))
    socket = stage.line.sockets[0]
    assert "NONE_YET" == stage.feed.newest("A")
    socket.say(stage.price("A"))
    await stage.until(lambda: isinstance(stage.feed.newest("A"), Streamed))
    assert "NOT_CARRIED" == stage.feed.newest("B")
    standing = stage.feed.standing()
    await stage.close()

    assert (1, 1, 1, 1, 1) == (
        standing.connected,
        standing.carried,
        standing.wanted,
        standing.opened,
        standing.messages,
    )


async def test_a_new_symbol_is_subscribed_and_an_unwanted_one_is_not_kept() -> None:
    """On the same connection; when nothing is wanted any longer it is closed, and later opened again."""
    stage = Stage()
    socket = await opened(stage, ["A"])
    for _ in range(3):
        socket.say("pong")
        stage.feed.want(["B"])
        await stage.until(lambda: '"B"' in "".join(socket.sent))
    start_ms = stage.clock.now_ms()
    while '"unsubscribe"' not in "".join(socket.sent):
        stage.feed.want(["B"])
        socket.say("pong")
        await asyncio.sleep(0)
        assert stage.clock.now_ms() < start_ms + 2 * WANTED_MS
    assert '{"op":"unsubscribe","args":[{"channel":"tickers","instId":"A"}]}' in socket.sent
    while not socket.closed:
        socket.say("pong")
        await asyncio.sleep(0)
        assert stage.clock.now_ms() < start_ms + 4 * WANTED_MS
    await stage.until(lambda: stage.feed.standing().connected == 0)
    again = await opened(stage, ["A"])
    await stage.close()

    assert again is not socket


async def test_many_symbols_stand_on_several_connections_and_come_in_batches() -> None:
    """As many as a connection carries, in messages of a batch each."""
    stage = Stage("binance")
    symbols = [f"C{number}USDT" for number in range(900)]
    stage.feed.want(symbols)
    await stage.until(lambda: len(stage.line.sockets) == 2)

    def told() -> list[str]:
        return [text for socket in stage.line.sockets for text in socket.sent if '"SUBSCRIBE"' in text]

    while len(told()) < 5:
        stage.feed.want(symbols)
        for socket in stage.line.sockets:
            socket.say("{}")
        await asyncio.sleep(0)
    standing = stage.feed.standing()
    await stage.close()

    assert 900 == standing.carried
    assert [200, 200, 200, 200, 100] == sorted([text.count("@") for text in told()], reverse=True)


async def test_no_more_connections_are_opened_than_may_stand() -> None:
    """What is beyond them is polled."""
    stage = Stage()
    symbols = [f"C{number:04}" for number in range(STREAMS["okx"].most * (CONNECTIONS_MOST + 1))]
    until_ms = stage.clock.now_ms() + 30_000
    while stage.clock.now_ms() < until_ms:
        stage.feed.want(symbols)
        for socket in stage.line.sockets:
            socket.say("pong")
        await asyncio.sleep(0)
    standing = stage.feed.standing()
    await stage.close()

    assert CONNECTIONS_MOST == standing.opened == standing.connected
    assert "NOT_CARRIED" == stage.feed.newest(symbols[-1])


async def test_a_silent_connection_is_given_up() -> None:
    """Half-open ones look like quiet ones: after six seconds without a word there is another."""
    stage = Stage()
    first = await opened(stage, ["A"])
    begun_ms = stage.clock.now_ms()
    await stage.until(lambda: first.closed)
    took_ms = stage.clock.now_ms() - begun_ms
    await stage.until(lambda: len(stage.line.sockets) > 1)
    standing = stage.feed.standing()
    await stage.close()

    assert 5_000 <= took_ms <= 8_000
    assert 1 == standing.errors["TIMEOUT"]


async def test_a_connection_that_takes_no_message_has_ended() -> None:
    """The failure is named."""
    stage = Stage()
    socket = await opened(stage, ["A"])
    socket.sends_fail = Timeout()
    await stage.until(lambda: socket.closed)
    await stage.until(lambda: stage.feed.standing().errors.get("TIMEOUT") == 1)
    await stage.close()


@pytest.mark.parametrize("name", ["binance", "okx"])
async def test_questions_are_asked_on_time(name: str) -> None:
    """Every second of Binance, every two and a half of OKX."""
    stage = Stage(name)
    socket = await opened(stage, ["A"])
    question = {"binance": "GET_PROPERTY", "okx": "ping"}[name]
    begun_ms = stage.clock.now_ms()
    while stage.clock.now_ms() < begun_ms + 30_000:
        socket.say("{}")
        await asyncio.sleep(0)
    asked = [text for text in socket.sent if question in text]
    await stage.close()

    every_ms = STREAMS[name].question_ms
    assert 30_000 // (every_ms + 400) <= len(asked) <= 30_000 // every_ms + 1


async def test_subscriptions_that_wait_for_their_turn_keep_no_question_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A limit that is used up costs prices, which are polled, and not the connection."""
    monkeypatch.setattr(OkxStream, "sends", Limit(units=3, per_ms=3_600_000, burst=2))
    stage = Stage()
    socket = await opened(stage, ["A"])
    begun_ms = stage.clock.now_ms()
    while stage.clock.now_ms() < begun_ms + 30_000:
        stage.feed.want(["B"])
        if socket.sent[-1] == "ping":
            socket.say("pong")
        await asyncio.sleep(0)
    standing = stage.feed.standing()
    await stage.close()

    assert ["ping"] * (len(socket.sent) - 1) == socket.sent[1:]
    assert len(socket.sent) > 8
    assert {} == standing.errors


async def test_an_unsubscription_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A symbol that nobody wants any longer is carried on until the limit lets the message go, and then let go."""
    monkeypatch.setattr(OkxStream, "sends", Limit(units=3, per_ms=200_000, burst=2))
    stage = Stage()
    socket = await opened(stage, ["A", "B"])
    begun_ms = stage.clock.now_ms()
    while not any('"unsubscribe"' in text for text in socket.sent):
        stage.feed.want(["B"])
        socket.say("pong")
        await asyncio.sleep(0)
        assert stage.clock.now_ms() < begun_ms + 400_000
    took_ms = stage.clock.now_ms() - begun_ms
    await stage.close()

    assert took_ms >= 195_000 > 2 * WANTED_MS
    assert '{"op":"unsubscribe","args":[{"channel":"tickers","instId":"A"}]}' in socket.sent


async def test_a_refused_symbol_is_asked_for_no_more_and_the_others_once_again() -> None:
    """Coinbase fails a whole message for one product, and names it."""
    stage = Stage("coinbase")
    socket = await opened(stage, ["SOL-USD", "XSOL-USD"])
    socket.say('{"type":"error","message":"Failed to subscribe","reason":"XSOL-USD is not a valid product"}')
    await stage.until(lambda: len(socket.sent) > 1)
    refused, other = stage.feed.newest("XSOL-USD"), stage.feed.newest("SOL-USD")
    socket.say('{"type":"error","message":"Too many"}')
    await stage.until(lambda: stage.feed.standing().errors.get("REFUSED") == 2)
    await stage.close()

    assert '"product_ids":["SOL-USD"]' in socket.sent[1]
    assert ("REFUSED", "NONE_YET") == (refused, other)


async def test_an_old_connection_has_a_successor_and_both_overlap() -> None:
    """The successor takes over when it brings what the old one brought; meanwhile the old one goes on."""
    stage = Stage(stream_life_ms=10_000)
    first = await opened(stage, ["A"])
    first.say(stage.price("A"))
    while len(stage.line.sockets) == 1:
        first.say("pong")
        stage.feed.want(["A"])
        await asyncio.sleep(0)
    assert stage.clock.now_ms() - NOON_MS >= 9_000
    second = stage.line.sockets[1]
    await stage.until(lambda: bool(second.sent))
    assert not first.closed
    first.say(stage.price("A", 2))
    await stage.until(lambda: isinstance(stage.feed.newest("A"), Streamed))
    second.say(stage.price("A", 3))
    await stage.until(lambda: first.closed)
    await stage.until(lambda: stage.feed.standing().connected == 1)
    assert isinstance(stage.feed.newest("A"), Streamed)
    standing = stage.feed.standing()
    await stage.close()

    assert {} == standing.errors


async def test_while_two_connections_overlap_the_newer_price_counts() -> None:
    """Whichever of them brought it: a successor whose price is older takes nothing from the old one."""
    stage = Stage()
    first = await opened(stage, ["A", "B"])
    first.say(stage.price("A"))
    first.say(stage.price("B"))
    first.say('{"event":"notice","code":"64008","msg":"soon"}')
    await stage.until(lambda: len(stage.line.sockets) == 2)
    second = stage.line.sockets[1]
    await stage.until(lambda: bool(second.sent))

    def received_ms() -> int:
        found = stage.feed.newest("A")
        assert isinstance(found, Streamed)
        return found.received_ms

    before_ms = received_ms()
    second.say(stage.price("A", 2))  # and nothing of B: so the old one stays
    await stage.until(lambda: received_ms() > before_ms)
    between_ms = received_ms()
    await stage.until(lambda: stage.clock.now_ms() > between_ms)
    first.say(stage.price("A", 3))
    await stage.until(lambda: received_ms() > between_ms)
    assert not first.closed
    assert 2 == stage.feed.standing().connected
    await stage.close()


async def test_a_successor_that_fails_leaves_the_old_one_where_it_was() -> None:
    """Another is tried after a pause."""
    stage = Stage(stream_silence_ms=60_000)
    first = await opened(stage, ["A"])
    first.say(stage.price("A"))
    stage.line.fail = [Unreachable("x")]
    first.say('{"event":"notice","code":"64008","msg":"soon"}')
    await stage.until(lambda: stage.line.dialled == 2)
    await stage.until(lambda: stage.feed.standing().errors.get("UNREACHABLE") == 1)
    assert not first.closed
    await stage.until(lambda: len(stage.line.sockets) == 2)
    stage.line.sockets[1].say(stage.price("A"))
    await stage.until(lambda: first.closed)
    await stage.close()


async def test_a_line_that_fails_again_and_again_rests_behind_its_breaker() -> None:
    """Five in a row, and then fifteen seconds of quiet; the reason can be asked for."""
    stage = Stage()
    stage.line.fail = [Unreachable("x")] * 5
    stage.feed.want(["A"])
    await stage.until(lambda: stage.line.dialled == 5)
    await stage.until(lambda: stage.feed.standing().errors.get("UNREACHABLE") == 5)
    failed_ms = stage.clock.now_ms()
    await stage.until(lambda: bool(stage.line.sockets))
    waited_ms = stage.clock.now_ms() - failed_ms
    await stage.close()

    assert 11_000 <= waited_ms <= 20_000


async def test_a_connection_let_go_before_it_said_a_word_leaves_the_try_to_another() -> None:
    """It was the one that a breaker lets through to see, and says nothing of the feed: the next one may try."""
    stage = Stage(stream_silence_ms=10 * WANTED_MS)
    stage.line.fail = [Unreachable("x")] * 5
    untried = await opened(stage, ["A"])
    assert BreakerState.HALF_OPEN is stage.feed.standing().breaker
    await stage.until(lambda: untried.closed)
    await stage.until(lambda: stage.feed.standing().wanted == 0)
    second = await opened(stage, ["A"])
    second.say(stage.price("A"))
    await stage.until(lambda: stage.feed.standing().breaker is BreakerState.CLOSED)
    standing = stage.feed.standing()
    await stage.close()

    assert {"UNREACHABLE": 5} == standing.errors
    assert 7 == standing.opened


async def test_a_stream_that_does_not_serve_us_is_off_for_good(caplog: pytest.LogCaptureFixture) -> None:
    """With a line in the log; nobody knocks again."""
    stage = Stage()
    stage.line.fail = [SwitchedOff(451)]
    stage.feed.want(["A"])
    await stage.until(lambda: not stage.feed.standing().on)
    until_ms = stage.clock.now_ms() + 600_000
    while stage.clock.now_ms() < until_ms:
        stage.feed.want(["A"])
        await asyncio.sleep(0)
    why = stage.feed.newest("A")
    await stage.close()

    assert (1, "OFF") == (stage.line.dialled, why)
    assert "the stream of okx is switched off: it answered 451" in caplog.text


async def test_what_is_closed_opens_nothing() -> None:
    """Not even while a connection is being opened."""
    stage = Stage()
    stage.feed.want(["A"])
    await stage.until(lambda: stage.line.dialled == 1)
    await stage.close()
    stage.feed.want(["B"])
    await asyncio.sleep(0)

    assert 1 == stage.line.dialled
