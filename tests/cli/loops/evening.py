"""A real evening in small: a feed server, books, and `rooms run` as processes of their own on the machine's clock."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from rooms_cli.clock import SystemClock
from rooms_cli.database import is_server
from rooms_cli.loops.waiting import ClockWaiting
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Mode
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books, SettlementRow
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.testing.builders import a_bet, a_market, a_room, a_user, populate, sols
from rooms_oracle.aggregate import PPM
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.grid import next_open
from rooms_oracle.heard import TICK_MS
from rooms_oracle.script import Move
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.feed_server import FeedServer
from rooms_store.migrations import upgrade
from rooms_store.opening import OpenBooks, open_books

T = TypeVar("T")

COIN: Final = "SOL/USD"
WAIT_SECONDS: Final = 90
"""Nothing here takes nearly as long, unless the machine is very busy."""
BETTORS: Final = (2, 4)


@dataclass(slots=True)
class Process:
    """`rooms run …` with what it has logged so far."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        """Read along until it has ended."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            async with self._news:
                if line.startswith(b"{"):
                    self.lines.append(json.loads(line))
                else:
                    self.rest.append(line.decode())
                self._news.notify_all()

    def told(self, event: str, **facts: object) -> list[dict[str, Any]]:
        """The lines with a sentence and these facts."""
        wanted = {"event": event, **facts}
        return [line for line in self.lines if wanted.items() <= line.items()]

    async def tells(self, event: str, **facts: object) -> dict[str, Any]:
        """Wait until it has logged a sentence, and answer the first such line."""
        async with asyncio.timeout(WAIT_SECONDS), self._news:
            await self._news.wait_for(lambda: bool(self.told(event, **facts)))
        return self.told(event, **facts)[0]

    async def ends(self) -> int:
        """Its exit status, once it has ended."""
        async with asyncio.timeout(WAIT_SECONDS):
            return await self.process.wait()


@dataclass(slots=True)
class Evening:
    """One database, one feed server whose market can be moved, and the processes on them."""

    place: str
    market: GeneratedFeeds
    server: FeedServer
    books: OpenBooks
    clock: SystemClock = field(default_factory=SystemClock)
    nobody: asyncio.Event = field(default_factory=asyncio.Event)
    processes: list[Process] = field(default_factory=list)
    _reading: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def waiting(self) -> ClockWaiting:
        """Waiting on the machine's clock; `nobody` never rings."""
        return ClockWaiting(self.clock)

    async def run(self, *words: str, **environ: str) -> Process:
        """Start `rooms run` with these words, piped; the feeds are those of the server."""
        own = {
            **{name: text for name, text in os.environ.items() if not name.startswith(("ROOMS_", "COV"))},
            "ROOMS_FEEDS": self.server.address("").rstrip("/"),
            "ROOMS_DATABASE": self.place,
            **environ,
        }
        started = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rooms_cli", "run", *words),
            env=own,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        process = Process(started)
        self.processes.append(process)
        self._reading.append(asyncio.create_task(process.read()))
        return process

    async def room(self, number: int = 1_000, *, ppm: int = 5_000) -> Room:
        """A room that is open, `ppm` below its target, with a bet on either side that was placed a while ago."""
        now_ms = self.clock.now_ms()
        target = self.market.path(COIN, now_ms) * (PPM + ppm) // PPM
        room = a_room(
            number,
            market=a_market(target=target, mode=Mode.TOUCH),
            status=RoomStatus.OPEN,
            created_at_ms=now_ms - 120_000,
            opened_at_ms=now_ms - 20_000,
            settle_at_ms=next_open(now_ms) + 1_800_000,
        )
        bets = [
            a_bet(number * 10 + bettor, bettor, outcome, sols("1"), room=number, at_ms=now_ms - 90_000)
            for bettor, outcome in zip(BETTORS, ("YES", "NO"), strict=True)
        ]
        await self.do(lambda books: books.rooms.add(room))
        await self.do(lambda books: books.bets.place(bets))
        return room

    async def do(self, work: Callable[[Books], Awaitable[T]]) -> T:
        """One unit of work."""

        async def whole(books: Books) -> Result[T, StoreFailed]:
            return Ok(await work(books))

        done = await self.books.run(whole)
        assert isinstance(done, Ok), done
        return done.value

    def leap(
        self, *, in_ms: int = 7_000, ppm: int = 20_000, before_ms: int = TICK_MS // 2
    ) -> tuple[int, int]:
        """Let the price leap soon, `before_ms` before a tick: the time of it, and the tick that is g1 then."""
        tick_ms = next_open(self.clock.now_ms() + in_ms)
        at_ms = tick_ms - before_ms
        self.market.add(Move(instrument=COIN, from_ms=at_ms, by_ppm=ppm, over_ms=0, hold_ms=3_600_000))
        return at_ms, tick_ms

    async def settled(self, room: RoomId) -> tuple[Room, SettlementRow]:
        """Wait until a room has its settlement."""
        async with asyncio.timeout(WAIT_SECONDS):
            row = await self.do(lambda books: books.settlements.get(room))
            while row is None:
                await self.waiting.until(self.clock.now_ms() + 100, self.nobody)
                row = await self.do(lambda books: books.settlements.get(room))
        stands = (await self.do(lambda books: books.rooms.lock([room])))[room]
        return stands, row

    async def close(self) -> None:
        """Leave no process behind."""
        for each in self.processes:
            with suppress(ProcessLookupError):
                each.process.kill()
            await each.process.wait()
        await asyncio.gather(*self._reading)


@asynccontextmanager
async def an_evening(place: str) -> AsyncIterator[Evening]:
    """An evening on a database that is there and empty, or a file that is not."""
    await asyncio.to_thread(upgrade, place)
    market, clock = GeneratedFeeds(7), SystemClock()
    async with (
        FeedServer(market, RunningClock(clock.now_ms())) as server,
        open_books(place, clock, migrate=False, server_time=is_server(place)) as books,
    ):
        await populate(books, {a_user(bettor): sols("1000") for bettor in BETTORS})
        evening = Evening(place, market, server, books)
        try:
            yield evening
        finally:
            await evening.close()


def calm(process: Process) -> bool:
    """Whether the machine let the process keep to the grid, so that ticks can be expected of it."""
    return not process.told("ticks were skipped") and not process.told("no price is accepted")
