"""O4: from the market's crossing to the money, in real time: `rooms run all` on SQLite, over HTTP."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final, TypeVar

from benchmarks.oracle.sizes import Sizes
from benchmarks.oracle.venues import JumpingMarket
from benchmarks.store.processes import child_environment
from rooms_cli.benches import Goal, at_most
from rooms_cli.clock import SystemClock
from rooms_cli.loops.waiting import ClockWaiting
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import CoinPrice, Mode
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books, SettlementRow
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.builders import MINUTE_MS, a_bet, a_market, a_room, a_user, populate, sols
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import TICK_MS
from rooms_oracle.testing.feed_server import FeedServer
from rooms_store.opening import OpenBooks, open_books

MOST_S: Final = 10.0
_PRICES: Final = {"BTC": 67_000 * 10**12, "ETH": 3_400 * 10**12, "SOL": 165 * 10**12}
_COINS: Final = tuple(_PRICES)
_STEP_PPM: Final = 8_000
_FIRST_MS: Final = 18_000
"""Time for the process to start and for two accepted ticks; then each coin leaps every 9 s."""
_APART_MS: Final = 9_000
_GIVEN_UP_SECONDS: Final = 90

T = TypeVar("T")


async def to_the_money(sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    """O4: the longest of a few rooms, each at another phase of the grid."""
    clock, chance = SystemClock(), Random(4)
    begin_ms, count = clock.now_ms(), sizes.real_rooms
    leaps = [
        begin_ms + _FIRST_MS + number // len(_COINS) * _APART_MS + chance.randrange(TICK_MS)
        for number in range(count)
    ]

    def level(instrument: str, at_ms: int) -> int:
        coin = instrument.partition("/")[0]
        passed = [at for number, at in enumerate(leaps) if _coin(number) == coin and at_ms >= at]
        return _PRICES[coin] * (10**6 + _STEP_PPM * len(passed)) // 10**6

    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "books.sqlite3")
        async with open_books(place, clock) as books, FeedServer(GeneratedFeeds(0), clock) as server:
            server.market = JumpingMarket(level)
            await _rooms(books, count, begin_ms)
            tell(f"{count} rooms on the machine's clock, {(max(leaps) - begin_ms) // 1_000 + 10} s")
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "rooms_cli", "run", "all", "--json"),
                env=_environment(server.address("").rstrip("/"), place),
                stdout=asyncio.subprocess.DEVNULL,
            )
            try:
                delays = [await _settled(books, number) - at_ms for number, at_ms in enumerate(leaps)]
            finally:
                process.terminate()
                await process.wait()
    spread = ", ".join([f"{each / 1_000:.1f}" for each in sorted(delays)])
    what = f"seconds from crossing to the money in real time, longest of {count}, HTTP and SQLite"
    return [at_most("O4", what, max(delays) / 1_000, MOST_S, f"{spread} s")]


def _coin(number: int) -> str:
    return _COINS[number % len(_COINS)]


def _environment(feeds: str, place: str) -> dict[str, str]:
    """Nothing of the caller's house."""
    own = {name: text for name, text in child_environment().items() if not name.startswith("ROOMS_")}
    return {**own, "ROOMS_FEEDS": feeds, "ROOMS_DATABASE": place}


async def _rooms(books: OpenBooks, count: int, now_ms: int) -> None:
    """Rooms that are open already, each with a target in the middle of its leap."""
    await populate(books, {a_user(bettor): sols("100") for bettor in (2, 4)})

    async def work(own: Books) -> Result[None, StoreFailed]:
        for number in range(count):
            room = _room(number, now_ms)
            await own.rooms.add(room)
            sides = ((2, "YES"), (4, "NO"))
            bets = [
                a_bet(room.id + who, who, outcome, sols("1"), room=room.id, at_ms=now_ms - 90_000)
                for who, outcome in sides
            ]
            await own.bets.place(bets)
        return Ok(None)

    _answered(await books.run(work))


def _room(number: int, now_ms: int) -> Room:
    coin, step = _coin(number), number // len(_COINS)
    target = _PRICES[coin] * (10**6 + _STEP_PPM * step + _STEP_PPM // 2) // 10**6
    return a_room(
        _id(number),
        market=a_market(subject=CoinPrice(coin), target=target, mode=Mode.TOUCH),
        status=RoomStatus.OPEN,
        created_at_ms=now_ms - 2 * MINUTE_MS,
        opened_at_ms=now_ms - MINUTE_MS,
        settle_at_ms=now_ms + 30 * MINUTE_MS,
    )


async def _settled(books: OpenBooks, number: int) -> int:
    """When a room's money moved. Raises TimeoutError where it does not."""
    clock, nobody = SystemClock(), asyncio.Event()
    waiting = ClockWaiting(clock)

    async def work(own: Books) -> Result[SettlementRow | None, StoreFailed]:
        return Ok(await own.settlements.get(_id(number)))

    async with asyncio.timeout(_GIVEN_UP_SECONDS):
        while (row := _answered(await books.run(work))) is None:
            await waiting.until(clock.now_ms() + 200, nobody)
    return row.at_ms


def _id(number: int) -> RoomId:
    return RoomId(1_000 * (number + 1))


def _answered(result: Result[T, StoreFailed]) -> T:
    match result:
        case Ok(value):
            return value
        case Err(why):
            raise RuntimeError(why.message)
