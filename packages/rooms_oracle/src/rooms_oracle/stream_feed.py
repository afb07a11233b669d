"""The stream of one feed: as many connections as its symbols need, opened politely, and replaced before they end.

Symbols are carried for a minute after they were wanted last. A connection that ends is opened again after the pause
and behind the breaker that calls have, too; one that grows old, or that the vendor is about to close, has a successor
first, and both run side by side until the successor brings what the old one brought.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from typing import Final

from rooms_core.ports.clock import Clock
from rooms_core.ports.rng import Rng
from rooms_core.ports.tasks import Tasks
from rooms_oracle.failures import SwitchedOff, kind_of
from rooms_oracle.guard import Guard
from rooms_oracle.limiter import TokenBucket
from rooms_oracle.settings import FeedSettings
from rooms_oracle.stats import StreamStanding
from rooms_oracle.stream_connection import STEP_MS, StreamConnection, uncarried
from rooms_oracle.streams.inbox import Streamed
from rooms_oracle.streams.line import Dial
from rooms_oracle.streams.vendor import StreamVendor
from rooms_oracle.transport import Pace

WANTED_MS: Final = 60_000
CONNECTIONS_MOST: Final = 8
OVERLAP_MS: Final = 10_000
"""A successor that brings prices takes over after so long, even if it does not bring all."""
NOT_CARRIED: Final = "NOT_CARRIED"
CONNECTING: Final = "CONNECTING"
_log: Final = logging.getLogger(__name__)


class StreamFeed:
    """A feed's stream. It starts with the first symbol that is wanted."""

    def __init__(
        self,
        vendor: StreamVendor,
        settings: FeedSettings,
        *,
        dial: Dial,
        clock: Clock,
        pace: Pace,
        rng: Rng,
        tasks: Tasks,
        timer: Clock | None = None,
    ) -> None:
        self.vendor = vendor
        self.settings = settings
        self._dial = dial
        self._clock = clock
        self._pace = pace
        self._rng = rng
        self._tasks = tasks
        self._timer = clock if timer is None else timer
        self._guard = Guard(rng)
        self._opens = TokenBucket(vendor.opens, self._timer.now_ms())
        self._wanted: dict[str, int] = {}
        self._running: list[StreamConnection] = []
        self._successor_of: dict[StreamConnection, StreamConnection] = {}
        self._proven: set[StreamConnection] = set()
        self._life: dict[StreamConnection, int] = {}
        self._spawned = 0
        self._kept = False
        self._closed = False
        self._odd: Counter[str] = Counter()
        self.opened = 0
        self._messages = 0

    def want(self, symbols: Iterable[str]) -> None:
        """Carry these symbols, now and for a while."""
        now_ms = self._timer.now_ms()
        self._wanted.update(dict.fromkeys(symbols, now_ms))
        if self._wanted and not self._kept and not self._closed:
            self._kept = True
            self._spawned += 1
            self._tasks.spawn(self._keep(), self._ended)

    def newest(self, symbol: str) -> Streamed | str:
        """The newest price that any connection brought, or why there is none."""
        held = self._guard.turn(self._timer.now_ms())
        why = NOT_CARRIED if held is None else held.value
        found: Streamed | None = None
        for connection in self._running:
            if symbol in connection.symbols:
                said = connection.newest(symbol) if connection.open else CONNECTING
                if isinstance(said, str):
                    why = said
                elif found is None or said.received_ms > found.received_ms:
                    found = said
        return why if found is None else found

    def standing(self) -> StreamStanding:
        """How the stream stands now."""
        odd = self._odd.copy()
        for connection in self._running:
            odd.update(connection.inbox.odd)
        return StreamStanding(
            name=self.vendor.name,
            on=self._guard.off is None,
            connected=len([True for each in self._running if each.open]),
            carried=len({symbol for each in self._running if each.open for symbol in each.symbols}),
            wanted=len(self._wanted),
            opened=self.opened,
            messages=self._messages + sum([each.inbox.messages for each in self._running]),
            errors=dict(odd),
            breaker=self._guard.breaker(self._timer.now_ms()),
        )

    async def close(self) -> None:
        """Close all connections, and come back when nothing of it runs any longer."""
        self._closed = True
        for connection in self._running:
            await connection.close()
        while self._spawned:
            await self._pace.until(self._clock.now_ms() + STEP_MS)

    async def _keep(self) -> None:
        while not self._closed and (self._wanted or self._running):
            await self._step(self._timer.now_ms())
            await self._pace.until(self._clock.now_ms() + STEP_MS)
        self._kept = False

    async def _step(self, now_ms: int) -> None:
        """What is to be done now: bury, replace, divide the symbols, and open what is lacking."""
        self._wanted = {each: at_ms for each, at_ms in self._wanted.items() if now_ms < at_ms + WANTED_MS}
        self._bury(now_ms)
        for connection in self._running:
            if connection.inbox.messages and connection not in self._proven:
                self._proven.add(connection)
                self._guard.succeeded()
        await self._replace(now_ms)
        current = [each for each in self._running if each not in self._successor_of]
        for connection in current:
            connection.carry(connection.symbols & self._wanted.keys())
            if not connection.symbols:
                await self._let_go(connection)
        lacking = sorted(uncarried(self._wanted, current))
        for connection in current:
            room = self.vendor.most - len(connection.symbols)
            if connection.ended is None and connection.symbols and room > 0 and lacking:
                connection.carry(connection.symbols | set(lacking[:room]))
                lacking = lacking[room:]
        if lacking:
            self._open(lacking[: self.vendor.most], now_ms)

    def _bury(self, now_ms: int) -> None:
        for connection in [each for each in self._running if each.ended is not None]:
            why = connection.ended
            assert why is not None
            self._forget(connection)
            self._guard.failed(why, now_ms)
            self._odd[kind_of(why)] += 1
            if isinstance(why, SwitchedOff):
                _log.error("the stream of %s is switched off: it answered %d", self.vendor.name, why.status)
            else:
                _log.info("the stream of %s ended: %r", self.vendor.name, why)

    async def _replace(self, now_ms: int) -> None:
        for old, new in list(self._successor_of.items()):
            if new not in self._running:
                del self._successor_of[old]  # it failed; the old one goes on, and another will be tried
            elif self._takes_over(old, new, now_ms):
                await self._let_go(old)
        for old in list(self._running):
            due = old.leaving or now_ms >= self._life[old]
            if due and old.open and old not in self._successor_of and old not in self._successor_of.values():
                successor = self._open(old.symbols, now_ms)
                if successor is not None:
                    self._successor_of[old] = successor

    def _takes_over(self, old: StreamConnection, new: StreamConnection, now_ms: int) -> bool:
        if not new.open or not new.inbox.prices:
            return False
        all_there = all(new.inbox.heard(symbol) for symbol in old.symbols if old.inbox.heard(symbol))
        return all_there or now_ms >= new.begun_ms + OVERLAP_MS

    def _open(self, symbols: Iterable[str], now_ms: int) -> StreamConnection | None:
        """Open a connection, if that is allowed now."""
        if len(self._running) >= CONNECTIONS_MOST or self._opens.wait_ms(1, now_ms) != 0:
            return None
        if self._guard.turn(now_ms) is not None or self._guard.call(now_ms) is not None:
            return None
        self._opens.take(1, now_ms)
        made = StreamConnection(
            self.vendor,
            symbols,
            silence_ms=self.settings.stream_silence_ms,
            clock=self._clock,
            pace=self._pace,
            timer=self._timer,
            tasks=self._tasks,
        )
        life_ms = self.settings.stream_life_ms
        self._life[made] = now_ms + life_ms - self._rng.below(life_ms // 20 + 1)
        self._running.append(made)
        self.opened += 1
        self._spawned += 1
        self._tasks.spawn(made.run(self._dial), self._ended)
        return made

    async def _let_go(self, connection: StreamConnection) -> None:
        """Close a connection that is needed no longer."""
        if connection not in self._proven:
            self._guard.spared()
        self._forget(connection)
        await connection.close()

    def _forget(self, connection: StreamConnection) -> None:
        self._running.remove(connection)
        self._successor_of.pop(connection, None)
        self._proven.discard(connection)
        self._life.pop(connection)
        self._odd.update(connection.inbox.odd)
        self._messages += connection.inbox.messages

    def _ended(self) -> None:
        self._spawned -= 1
