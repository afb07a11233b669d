"""One feed, asked politely: second tries, deadlines, budgets, and what is told of it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import pytest
from pydantic import SecretStr

from rooms_core.result import Err, Ok, Result
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_oracle.client import Exchange, FeedClient
from rooms_oracle.failures import (
    FeedFailure,
    Held,
    HttpStatus,
    Malformed,
    NotAsked,
    SwitchedOff,
    Throttled,
    Timeout,
    Unreachable,
    VendorError,
)
from rooms_oracle.feeds.binance import Binance
from rooms_oracle.feeds.vendor import Priced, Said
from rooms_oracle.limiter import Limit
from rooms_oracle.settings import DEFAULTS, FeedSettings
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.transport import Params, Reply

CALL = Binance().call(("A",))
FINE = b'[{"symbol":"A","bidPrice":"1","askPrice":"1"}]'
Answer = Reply | Timeout | Unreachable | Malformed


def reply(status: int, body: bytes = FINE, **headers: str) -> Reply:
    """An answer; underscores in header names stand for hyphens."""
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@dataclass
class Line:
    """Answers from a list, each after some ms of the clock; the last one for ever."""

    clock: ManualClock
    answers: list[Answer]
    takes_ms: int = 10
    within: list[int] = field(default_factory=list)
    closed: bool = False

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        self.within.append(within_ms)
        self.clock.advance(self.takes_ms)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Ok(answer) if isinstance(answer, Reply) else Err(answer)

    async def close(self) -> None:
        self.closed = True


def client(
    clock: ManualClock, *answers: Answer, takes_ms: int = 10, limit: Limit | None = None
) -> FeedClient:
    """A client of Binance on such a line."""
    settings = FeedSettings(
        base_url="https://x.example",
        family="binance",
        limit=limit or Limit(units=6_000, per_ms=60_000, burst=2_000),
        key=SecretStr("s3cret"),
    )
    line = Line(clock, list(answers), takes_ms)
    return FeedClient(Binance(), settings, line=line, clock=clock, pace=ManualPace(clock), rng=SeededRng())


def line_of(asked: FeedClient) -> Line:
    """The line of a client."""
    line = asked._line
    assert isinstance(line, Line)
    return line


async def test_an_answer_comes_with_its_times_and_the_hash_of_its_body() -> None:
    """So that evidence can name what was read."""
    clock = ManualClock(0)
    said = Said({"A": Priced(10**12, 0, "1/1")})

    assert Ok(Exchange(said, 0, 10, sha256(FINE).hexdigest())) == await client(clock, reply(200)).ask(
        CALL, until_ms=1_500
    )


@pytest.mark.parametrize("first", [reply(502), reply(503), reply(504), Unreachable("x")], ids=str)
async def test_a_second_try_is_made_at_once(first: Answer) -> None:
    """For a connection that could not be had, and for an upstream that was busy."""
    asked = client(ManualClock(0), first, reply(200))

    assert isinstance(await asked.ask(CALL, until_ms=1_500), Ok)
    assert 2 == len(line_of(asked).within)
    assert {} == asked.standing().errors


@pytest.mark.parametrize(
    "first, takes_ms, why",
    [
        (reply(500), 10, HttpStatus(500)),
        (reply(400, b"{}"), 10, HttpStatus(400)),
        (Timeout(), 10, Timeout()),
        (Malformed("x"), 10, Malformed("x")),
        (reply(503), 700, HttpStatus(503)),
        (Unreachable("x"), 700, Unreachable("x")),
    ],
    ids=str,
)
async def test_everything_else_waits_for_the_next_tick(
    first: Answer, takes_ms: int, why: FeedFailure
) -> None:
    """Also what would have been tried again, once 700 ms are gone."""
    asked = client(ManualClock(0), first, reply(200), takes_ms=takes_ms)

    assert Err(why) == await asked.ask(CALL, until_ms=1_500)
    assert 1 == len(line_of(asked).within)


async def test_no_second_try_without_time_or_budget() -> None:
    """It may not make the answer late, nor break the limit."""
    late = client(ManualClock(0), reply(503))
    assert Err(HttpStatus(503)) == await late.ask(CALL, until_ms=59)
    poor = client(ManualClock(0), reply(503), limit=Limit(units=20, per_ms=60_000, burst=6))
    assert Err(HttpStatus(503)) == await poor.ask(CALL, until_ms=1_500)

    assert 1 == len(line_of(late).within) == len(line_of(poor).within)


async def test_the_deadline_is_the_nearer_of_two() -> None:
    """1.5 s for a whole answer, and never beyond the close of the tick."""
    asked = client(ManualClock(0), reply(200))
    await asked.ask(CALL, until_ms=10_000)
    await asked.ask(CALL, until_ms=510)

    assert [1_500, 500] == line_of(asked).within


async def test_what_comes_late_is_not_taken() -> None:
    """Even when it is a good answer."""
    asked = client(ManualClock(0), reply(200), takes_ms=1_501)

    assert Err(Timeout()) == await asked.ask(CALL, until_ms=1_500)
    assert Err(NotAsked(Held.NO_TIME)) == await asked.ask(CALL, until_ms=1_500)


async def test_budget_is_waited_for_as_long_as_there_is_time() -> None:
    """Then the call is not made, and the feed is not blamed."""
    clock = ManualClock(0)
    asked = client(clock, reply(200), limit=Limit(units=10, per_ms=1_000, burst=5, counts_windows=False))

    assert isinstance(await asked.ask(CALL, until_ms=1_500), Ok)
    assert isinstance(await asked.ask(CALL, until_ms=1_500), Ok)
    assert 510 == clock.now_ms()
    assert Err(NotAsked(Held.NO_BUDGET)) == await asked.ask(CALL, until_ms=600)
    assert {"NO_BUDGET": 1} == asked.standing().errors


async def test_a_call_that_can_never_be_afforded_is_not_made() -> None:
    """A limit below the weight of one call is a mistake of the settings, and is counted."""
    asked = client(ManualClock(0), reply(200), limit=Limit(units=10, per_ms=1_000, burst=4))

    assert Err(NotAsked(Held.NO_BUDGET)) == await asked.ask(CALL, until_ms=10**6)


@pytest.mark.parametrize("status", [401, 403, 451])
async def test_a_feed_that_does_not_serve_us_is_switched_off_with_a_clear_line(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Once; from then on it is not asked."""
    asked = client(ManualClock(0), reply(status, b"no"))
    with caplog.at_level(logging.ERROR):
        assert Err(SwitchedOff(status)) == await asked.ask(CALL, until_ms=1_500)
        assert Err(NotAsked(Held.OFF)) == await asked.ask(CALL, until_ms=1_500)

    assert [f"binance is switched off: it answered {status}"] == caplog.messages
    assert Held.OFF is asked.turn()
    assert not asked.standing().on


@pytest.mark.parametrize("status", [418, 429])
async def test_a_wish_to_be_left_alone_is_obeyed(status: int) -> None:
    """For as long as it says."""
    clock = ManualClock(0)
    asked = client(clock, reply(status, b"{}", retry_after="7"), reply(200))

    assert Err(Throttled(7_000)) == await asked.ask(CALL, until_ms=1_500)
    assert Err(NotAsked(Held.MUTED)) == await asked.ask(CALL, until_ms=5_000)
    clock.set(7_010)
    assert asked.turn() is None
    assert isinstance(await asked.ask(CALL, until_ms=10_000), Ok)


async def test_a_key_that_is_said_back_is_not_repeated() -> None:
    """Neither in the failure nor in what is counted."""
    body = json.dumps({"code": -2015, "msg": "Invalid key s3cret"}).encode()
    asked = client(ManualClock(0), reply(400, body))

    assert Err(VendorError("-2015", "Invalid key ***")) == await asked.ask(CALL, until_ms=1_500)
    assert "s3cret" not in repr(asked.standing())


async def test_five_failures_open_the_breaker() -> None:
    """The sixth call is not made."""
    asked = client(ManualClock(0), reply(200, b"<html>"))
    for _ in range(5):
        assert Err(Malformed("no JSON")) == await asked.ask(CALL, until_ms=1_500)

    assert Err(NotAsked(Held.BREAKER_OPEN)) == await asked.ask(CALL, until_ms=1_500)
    standing = asked.standing()
    assert ("OPEN", 5, None, None) == (standing.breaker, standing.calls, standing.age_ms, standing.p50_ms)
    assert {"MALFORMED": 5, "BREAKER_OPEN": 1} == standing.errors


async def test_a_failing_feed_waits_before_its_next_tick() -> None:
    """Its turn comes when the pause is over, and how often it had to wait is counted."""
    clock = ManualClock(0)
    asked = client(clock, reply(500), takes_ms=0)
    await asked.ask(CALL, until_ms=1_500)

    assert Held.BACKING_OFF is asked.turn()
    clock.advance(500)
    assert asked.turn() is None
    assert {"HTTP_STATUS": 1, "BACKING_OFF": 1} == asked.standing().errors


async def test_the_vendors_count_of_weight_is_heeded() -> None:
    """Others behind the same address may have used it up."""
    asked = client(ManualClock(0), reply(200, x_mbx_used_weight_1m="4799"))
    await asked.ask(CALL, until_ms=1_500)

    assert 1 == asked.standing().budget
    assert 10 == asked.standing().p99_ms


async def test_symbols_that_were_refused_are_counted() -> None:
    """What is missing apart from what is wrong; the call itself is a success."""
    body = b'[{"symbol":"A","bidPrice":"0","askPrice":"1"}]'
    asked = client(ManualClock(0), reply(200, body))
    await asked.ask(Binance().call(("A", "B", "C")), until_ms=1_500)

    assert {"BAD_VALUE": 1, "UNAVAILABLE": 2} == asked.standing().errors
    assert 10 == asked.standing().last_success_ms


async def test_a_candle_is_asked_for_in_the_same_way() -> None:
    """And another status than 200 has none."""
    call = Binance().candle_call("A", 60_000)
    row = b'[[60000,"1","2","1","2"]]'
    asked = client(ManualClock(0), reply(200, row), reply(404, b"{}"))

    match await asked.candle(call, 60_000, until_ms=1_500):
        case Ok(exchange):
            assert (10**12, 2 * 10**12, 10**12, 2 * 10**12) == exchange.said
        case Err(why):
            pytest.fail(str(why))
    assert Err(HttpStatus(404)) == await asked.candle(call, 60_000, until_ms=1_500)


async def test_candles_leave_half_of_the_budget_to_the_ticks() -> None:
    """Many minutes may be owed at once; the next tick must still be heard."""
    call = Binance().candle_call("A", 60_000)
    limit = Limit(units=100, per_ms=60_000, burst=20)
    asked = client(ManualClock(0), reply(200, b"[]"), limit=limit)
    answers = [await asked.candle(call, 60_000, until_ms=1_500) for _ in range(6)]

    assert [True, True, True, True, False, False] == [isinstance(answer, Ok) for answer in answers]
    assert Err(NotAsked(Held.NO_BUDGET)) == answers[-1]
    assert 8 == asked.standing().budget


async def test_a_candle_waits_until_there_is_budget_to_spare() -> None:
    """As long as its time allows."""
    clock = ManualClock(0)
    call = Binance().candle_call("A", 60_000)
    limit = Limit(units=60, per_ms=6_000, burst=15)  # 12 at once, 36 more in 6 s
    asked = client(clock, reply(200, b"[]"), takes_ms=0, limit=limit)
    answers = [await asked.candle(call, 60_000, until_ms=1_500) for _ in range(4)]

    assert [True] * 4 == [isinstance(answer, Ok) for answer in answers]
    assert 334 == clock.now_ms()


async def test_a_candle_takes_nothing_that_the_next_tick_asks_for() -> None:
    """What comes back by then is counted in; what a tick asks for is known from the last one."""
    call = Binance().candle_call("A", 60_000)
    limit = Limit(units=10, per_ms=1_000, burst=25, counts_windows=False)  # 20 at once, 8 a second

    async def candles(expected: int) -> int:
        asked = client(ManualClock(2_500), reply(200, b"[]"), takes_ms=0, limit=limit)
        asked.expect(expected)
        answers = [await asked.candle(call, 60_000, until_ms=2_600) for _ in range(10)]
        return sum(isinstance(answer, Ok) for answer in answers)

    assert [5, 4, 2, 2] == [await candles(expected) for expected in (0, 16, 20, 500)]


async def test_an_urgent_candle_waits_like_a_tick() -> None:
    """Half of the budget is not kept from it; what the limit never allows is not asked at all."""
    call = Binance().candle_call("A", 60_000)
    small = Limit(units=100, per_ms=60_000, burst=3)
    asked = client(ManualClock(0), reply(200, b"[]"), limit=small)

    assert Err(NotAsked(Held.NO_BUDGET)) == await asked.candle(call, 60_000, until_ms=1_500)
    assert isinstance(await asked.candle(call, 60_000, until_ms=1_500, urgent=True), Ok)


@pytest.mark.parametrize("failure", [Timeout(), reply(500), Malformed("x"), reply(200, b"{}")], ids=str)
async def test_a_candle_that_fails_says_nothing_against_the_feed(failure: Answer) -> None:
    """An audit after an outage asks for hundreds: the ticks go on meanwhile, without a pause or an open breaker."""
    asked = client(ManualClock(0), failure, takes_ms=0)
    call = Binance().candle_call("A", 60_000)
    for _ in range(6):
        assert isinstance(await asked.candle(call, 60_000, until_ms=1_500), Err)

    assert asked.turn() is None
    assert 6 == sum(asked.standing().errors.values())


async def test_a_candle_that_is_forbidden_silences_the_feed() -> None:
    """Whoever says that we ask too often is left alone, whatever we asked for."""
    asked = client(ManualClock(0), reply(429), takes_ms=0)
    await asked.candle(Binance().candle_call("A", 60_000), 60_000, until_ms=1_500)

    assert Held.MUTED is asked.turn()


@pytest.mark.parametrize("left_ms, held", [(100, None), (1_400, Held.BACKING_OFF)])
async def test_an_answer_that_had_little_time_says_nothing_against_the_feed(
    left_ms: int, held: Held | None
) -> None:
    """Calls wait in line, and the last one of a tick has what is left of it."""
    asked = client(ManualClock(1_500 - left_ms), Timeout(), takes_ms=0)
    await asked.ask(CALL, until_ms=1_500)

    assert held is asked.turn()


async def test_failures_can_be_read_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """With the feed's name and its sentence, and without our key."""
    caplog.set_level(logging.INFO)
    body = json.dumps({"code": -2015, "msg": "Invalid key s3cret"}).encode()
    await client(ManualClock(0), reply(400, body)).ask(CALL, until_ms=1_500)

    assert ["binance failed: VendorError(code='-2015', sentence='Invalid key ***')"] == caplog.messages


async def test_a_call_that_is_given_up_leaves_the_breaker_usable() -> None:
    """Whoever cancels a try lets another one be made."""

    class Never:
        async def get(
            self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
        ) -> Result[Reply, Timeout | Unreachable | Malformed]:
            await asyncio.Event().wait()
            raise AssertionError

        async def close(self) -> None:
            pass

    clock = ManualClock(0)
    asked = client(clock, Malformed("x"))
    for _ in range(5):
        await asked.ask(CALL, until_ms=1_500)
    clock.set(60_000)
    asked._line = Never()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asked.ask(CALL, until_ms=61_500), 0.01)
    asked._line = Line(clock, [reply(200)])

    assert isinstance(await asked.ask(CALL, until_ms=61_500), Ok)


async def test_a_clock_that_is_set_back_starves_nobody() -> None:
    """Pauses and budgets go by a timer of their own."""
    clock, timer = ManualClock(NOON_MS), ManualClock(0)
    settings = DEFAULTS["binance"].model_copy(update={"limit": Limit(units=20, per_ms=1_000, burst=5)})
    line, pace = Line(clock, [reply(500), reply(200)]), ManualPace(clock)
    asked = FeedClient(Binance(), settings, line=line, clock=clock, pace=pace, rng=SeededRng(), timer=timer)
    await asked.ask(CALL, until_ms=NOON_MS + 1_500)
    clock.advance(hours=-1)
    timer.advance(1_000)

    assert asked.turn() is None
    assert isinstance(await asked.ask(CALL, until_ms=clock.now_ms() + 1_500), Ok)


async def test_connections_are_given_back() -> None:
    """The line is closed with the client."""
    asked = client(ManualClock(0), reply(200))
    await asked.close()

    assert line_of(asked).closed
