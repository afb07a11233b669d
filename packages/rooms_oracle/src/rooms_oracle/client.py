"""One feed, asked politely: within its limit, behind its breaker, until a deadline, with one second try.

A second try is made for a connection that could not be had and for 502, 503 and 504, while less than 700 ms are gone;
otherwise the next tick is the second try. Whatever happens is an answer, a failure or "not asked".
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, Generic, TypeAlias, TypeVar

from rooms_core.ports.clock import Clock
from rooms_core.ports.rng import Rng
from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import (
    FeedFailure,
    Held,
    HttpStatus,
    NotAsked,
    SwitchedOff,
    Throttled,
    Timeout,
    VendorError,
    kind_of,
)
from rooms_oracle.feeds.vendor import UNAVAILABLE, Call, Moment, Ohlc, Said, Vendor
from rooms_oracle.guard import Guard
from rooms_oracle.heard import TICK_MS
from rooms_oracle.limiter import TokenBucket
from rooms_oracle.replies import Reader, read_reply, worth_a_second_try
from rooms_oracle.settings import FeedSettings
from rooms_oracle.stats import CallLog, FeedStanding
from rooms_oracle.transport import Pace, Reply, Transport

BAD_VALUE: Final = "BAD_VALUE"
"""Counted for each symbol whose figures were refused; a missing one counts as unavailable. Neither is a failure."""
RETRY_WITHIN_MS: Final = 700
LEAST_MS: Final = 50
"""With less time left than this no call is begun."""
_log: Final = logging.getLogger(__name__)

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Exchange(Generic[T]):
    """What a call brought, when it was made, and the hash of the body it was read from."""

    said: T
    asked_ms: int
    received_ms: int
    body_sha256: str


Asked: TypeAlias = Result[Exchange[T], FeedFailure | NotAsked]


class FeedClient:
    """A feed with its settings, its line to the host and its standing.

    `timer` measures pauses and budgets, and is never set back as a `clock` can be; without one the clock does.
    """

    def __init__(
        self,
        vendor: Vendor,
        settings: FeedSettings,
        *,
        line: Transport,
        clock: Clock,
        pace: Pace,
        rng: Rng,
        timer: Clock | None = None,
    ) -> None:
        self.vendor = vendor
        self.settings = settings
        self._line = line
        self._clock = clock
        self._pace = pace
        self._timer = clock if timer is None else timer
        self._bucket = TokenBucket(settings.limit, self._timer.now_ms())
        self._guard = Guard(rng)
        self._queue = asyncio.Lock()
        self._spare_queue = asyncio.Lock()
        self._tick_units = 0
        self._log = CallLog()

    def turn(self) -> Held | None:
        """What forbids to ask on this tick; None: nothing does."""
        held = self._guard.turn(self._timer.now_ms())
        if held is not None:
            self._log.held(held.value)
        return held

    async def ask(self, call: Call, *, until_ms: int, slot: int | None = None) -> Asked[Said]:
        """What the feed says of the call's symbols by a time of the clock."""

        def reader(status: int, body: object, asked_ms: int) -> Result[Said, FeedFailure]:
            if status == 200:
                return self.vendor.read(call, body, Moment(asked_ms, slot))
            return self.vendor.refusal(call, status, body)

        held = await self._in_turn(call.weight, until_ms)
        asked = await self._ask(call, until_ms, held, reader)
        if isinstance(asked, Ok):
            for reason in asked.value.said.refused.values():
                self._log.held(reason if reason == UNAVAILABLE else BAD_VALUE)
        return asked

    async def candle(
        self, call: Call, minute_ms: int, *, until_ms: int, urgent: bool = False
    ) -> Asked[Ohlc | None]:
        """A minute's candle, as soon as that takes nothing from the ticks: they cannot wait, and candles can.

        `urgent`: others can do nothing without it, and it waits for its turn like a tick.
        """

        def reader(status: int, body: object, _: int) -> Result[Ohlc | None, FeedFailure]:
            if status == 200:
                return self.vendor.read_candle(call, body, minute_ms)
            return Err(HttpStatus(status))

        waited = self._in_turn if urgent else self._when_spare
        held = await waited(call.weight, until_ms)
        return await self._ask(call, until_ms, held, reader, for_tick=False)

    def expect(self, units: int) -> None:
        """What a tick asks for, so that the next one finds as much."""
        self._tick_units = units

    def standing(self) -> FeedStanding:
        """How the feed stands now."""
        now_ms, timed_ms, log = self._clock.now_ms(), self._timer.now_ms(), self._log
        last_ms = log.last_success_ms
        return FeedStanding(
            name=self.vendor.name,
            on=self._guard.off is None,
            last_success_ms=last_ms,
            age_ms=None if last_ms is None else max(0, now_ms - last_ms),
            p50_ms=log.took_ms(50),
            p99_ms=log.took_ms(99),
            calls=log.calls,
            errors=dict(log.errors),
            breaker=self._guard.breaker(timed_ms),
            budget=self._bucket.left(timed_ms),
        )

    async def close(self) -> None:
        """Give its connections back."""
        await self._line.close()

    async def _ask(
        self, call: Call, until_ms: int, held: Held | None, reader: Reader[U], *, for_tick: bool = True
    ) -> Asked[U]:
        """Make a call that was admitted, or tell why it was not.

        What speaks against the feed keeps it from being asked for the next ticks. A candle that fails does not, nor
        does an answer that had little time because other calls went before it.
        """
        if held is not None:
            self._log.held(held.value)
            return Err(NotAsked(held))
        hurried = until_ms - self._clock.now_ms() < min(self.settings.connect_ms, self.settings.total_ms)
        try:
            found = await self._exchange(call, until_ms, reader)
        except asyncio.CancelledError:
            self._guard.spared()
            raise
        match found:
            case Ok(exchange) as answered:
                self._guard.succeeded()
                self._log.answered(exchange.asked_ms, exchange.received_ms)
                return answered
            case Err(why):
                told = self._told(why)
                spared = not for_tick or (hurried and isinstance(told, Timeout))
                if spared and not isinstance(told, Throttled | SwitchedOff):
                    self._guard.spared()
                else:
                    self._guard.failed(told, self._timer.now_ms())
                self._log.failed(kind_of(told))
                return Err(told)

    async def _in_turn(self, weight: int, until_ms: int) -> Held | None:
        """Wait for the budget, one call after the other, as long as that leaves time; then see whether it may go."""
        async with self._queue:
            now_ms = self._clock.now_ms()
            while wait_ms := self._bucket.wait_ms(weight, self._timer.now_ms()):
                if now_ms + wait_ms + LEAST_MS > until_ms:
                    return Held.NO_BUDGET
                await self._pace.until(now_ms + wait_ms)
                now_ms = self._clock.now_ms()
            if wait_ms is None:
                return Held.NO_BUDGET
            return self._admitted(weight, now_ms, until_ms)

    async def _when_spare(self, weight: int, until_ms: int) -> Held | None:
        """The same for what can wait: half of what may be asked at once is left, and all that the next tick takes."""
        limit = self.settings.limit
        async with self._spare_queue:
            now_ms = self._clock.now_ms()
            while wait_ms := self._bucket.wait_ms(weight + limit.size // 2, self._timer.now_ms()):
                if now_ms + wait_ms + LEAST_MS > until_ms:
                    return Held.NO_BUDGET
                await self._pace.until(now_ms + wait_ms)
                now_ms = self._clock.now_ms()
            left = self._bucket.left(self._timer.now_ms())
            comes_back = limit.flow * (TICK_MS - now_ms % TICK_MS) // limit.per_ms
            if wait_ms is None or left - weight + comes_back < min(limit.size, self._tick_units):
                return Held.NO_BUDGET
            return self._admitted(weight, now_ms, until_ms)

    def _admitted(self, weight: int, now_ms: int, until_ms: int) -> Held | None:
        """What forbids the call; if nothing does, its weight is taken."""
        if now_ms + LEAST_MS > until_ms:
            return Held.NO_TIME
        timed_ms = self._timer.now_ms()
        held = self._guard.call(timed_ms)
        if held is None:
            self._bucket.take(weight, timed_ms)
        return held

    async def _exchange(
        self, call: Call, until_ms: int, reader: Reader[U]
    ) -> Result[Exchange[U], FeedFailure]:
        begun_ms, asked_ms = self._timer.now_ms(), self._clock.now_ms()
        sent = await self._get(call, asked_ms, until_ms)
        if worth_a_second_try(sent):
            timed_ms, asked_ms = self._timer.now_ms(), self._clock.now_ms()
            soon = timed_ms - begun_ms < RETRY_WITHIN_MS and asked_ms + LEAST_MS <= until_ms
            if soon and self._bucket.take(call.weight, timed_ms):
                sent = await self._get(call, asked_ms, until_ms)
        if isinstance(sent, Err):
            return sent
        reply, received_ms = sent.value, self._clock.now_ms()
        if received_ms > until_ms:
            return Err(Timeout())
        used = self.vendor.used(reply.headers)
        if used is not None:
            self._bucket.correct(used, self._timer.now_ms())
        match read_reply(reply, asked_ms, reader):
            case Ok(said):
                return Ok(Exchange(said, asked_ms, received_ms, sha256(reply.body).hexdigest()))
            case Err() as failed:
                return failed

    async def _get(self, call: Call, now_ms: int, until_ms: int) -> Result[Reply, FeedFailure]:
        within_ms = min(self.settings.total_ms, until_ms - now_ms)
        return await self._line.get(call.path, call.params, self.settings.headers(), within_ms=within_ms)

    def _told(self, why: FeedFailure) -> FeedFailure:
        """The failure as it may be told; in the log it is an error where somebody has to do something about it."""
        if isinstance(why, VendorError):
            hide = self.settings.without_key
            why = replace(why, code=hide(why.code), sentence=hide(why.sentence))
        if isinstance(why, SwitchedOff):
            _log.error("%s is switched off: it answered %d", self.vendor.name, why.status)
        else:
            _log.info("%s failed: %r", self.vendor.name, why)
        return why
