"""O5: whether memory stays where it is through a day of ticks. Run as a module it is the process that is looked at.

The day has everything that comes and goes: rooms that are touched, end or close, feeds that fall silent, lie or send
us away, gaps that are audited by candles. Feeds, oracle, services and books on SQLite are the real ones; what answers
for the feeds, on a clock that nobody waits for, lives in the same process and is counted with them.
"""

from __future__ import annotations

import asyncio
import gc
import json
import math
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.oracle.bodies import pyth_id
from benchmarks.oracle.sizes import Sizes
from benchmarks.oracle.venues import near_feeds
from benchmarks.store.memory import resident
from benchmarks.store.processes import child_environment
from rooms_cli.benches import Goal, Point, at_least, at_most
from rooms_core.domain.listing import Listed, Listing, RuleChoices
from rooms_core.domain.market import CoinPrice, Direction, Market, Mode, Reading
from rooms_core.domain.room import Resolution
from rooms_core.domain.status import RoomStatus
from rooms_core.result import Err, Ok
from rooms_core.services.advance_rooms import AdvanceRooms
from rooms_core.services.settle_room import SettleRoom
from rooms_core.services.watch_targets import Watched, WatchTargets
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import MINUTE_MS, a_bet, a_market, a_reading, a_resolution, a_room, sols
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_oracle.heard import TICK_CLOSES_MS, TICK_MS
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_store.opening import OpenBooks, open_books
from rooms_store.records import read_record, write_record

FEEDS: Final = ("binance", "coinbase", "kraken", "okx", "pyth")
"""Coinbase prices the rate alone: it carries 24 symbols a tick."""
KIB_AN_HOUR: Final = 256
BLOCKS_AN_HOUR: Final = 1_000
_HOUR_MS: Final = 3_600_000
_FAULTS: Final = (
    *(Fault.TIMEOUT, Fault.BUSY, Fault.THROTTLED, Fault.NAN, Fault.FROZEN, Fault.MISSING, Fault.HTML),
    *(Fault.THOUSANDFOLD, Fault.BEHIND),
)
_REMEMBERED: Final = 8_192
_ADVANCE_EVERY: Final = 5
_READ_EVERY: Final = 10


@dataclass(slots=True)
class Day:
    """What happened, and what was seen of memory: (ms since the start, KiB resident, blocks of Python's)."""

    seen: list[tuple[int, int, int]] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)


async def memory(sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    """O5: how fast memory grows in the second half of the day."""
    tell(f"{sizes.day_ticks:,} ticks over {sizes.day_instruments} instruments")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.oracle.day", json.dumps(asdict(sizes))),
        stdout=asyncio.subprocess.PIPE,
        env=child_environment(),
    )
    assert process.stdout is not None
    last = b"{}"
    async for line in process.stdout:
        last = line
        if line.startswith(b"#"):
            tell(line[1:].decode().strip())
    if await process.wait():
        raise RuntimeError(f"the day ended with {process.returncode}")
    told = json.loads(last)
    seen: list[tuple[int, int, int]] = [tuple(each) for each in told["seen"]]
    late = seen[len(seen) // 2 :]
    kib, blocks = [_slope(late, column) for column in (1, 2)]
    hours = sizes.day_ticks * TICK_MS / _HOUR_MS
    happened = ", ".join([f"{count:,} {what}" for what, count in sorted(told["happened"].items())])
    points = tuple(
        Point(series="resident", x=at_ms // 1_000, y=resident / 1_024, unit="MiB")
        for at_ms, resident, _ in seen
    )
    levels = f"{seen[0][1] // 1_024} MiB at first, {late[0][1] // 1_024} and {late[-1][1] // 1_024} in the second half"
    what = f"in the second half of {hours:g} virtual hours, {sizes.day_instruments} instruments"
    return [
        at_most("O5", f"KiB an hour that the process grows by {what}", kib, KIB_AN_HOUR, levels, points),
        at_most("O5-blocks", f"blocks of Python's an hour {what}", blocks, BLOCKS_AN_HOUR),
        at_least("O5-touched", "rooms touched on that day", told["happened"].get("touched", 0), 1, happened),
    ]


def _slope(seen: Sequence[tuple[int, int, int]], column: int) -> float:
    """Growth an hour: the line that fits best."""
    hours = [each[0] / _HOUR_MS for each in seen]
    return statistics.linear_regression(hours, [each[column] for each in seen]).slope


def listings(count: int) -> list[Listing]:
    """So many coins on four feeds within their limits, and the rate."""
    coins = [
        Listing(
            name=f"C{number}/USD",
            listed=(
                Listed("binance", f"C{number}USDT", "USDT"),
                Listed("kraken", f"C{number}USD"),
                Listed("okx", f"C{number}-USDT", "USDT"),
                Listed("pyth", pyth_id(number)),
            ),
        )
        for number in range(count)
    ]
    rate = (Listed("coinbase", "USDT-USD"), Listed("kraken", "USDTZUSD"), Listed("pyth", pyth_id(10**6)))
    return [
        *coins,
        Listing(name="USDT/USD", listed=rate, rule=RuleChoices(quorum=2)),
    ]


def level(instrument: str, at_ms: int) -> int:
    """Slow and quick waves, another for each coin."""
    number = int(instrument[1:].partition("/")[0])
    slow = math.sin(at_ms / (900_000 + 37_000 * number) + number)
    quick = math.sin(at_ms / (60_000 + 1_700 * number))
    return int((100 + number) * 10**12 * (1 + 0.01 * slow + 0.002 * quick))


class LiveDay:
    """A monitor's day."""

    def __init__(self, sizes: Sizes, books: OpenBooks, clock: ManualClock) -> None:
        self.day = Day()
        self._sizes = sizes
        self._clock = clock
        self._chance = Random(5)
        self._books = Bookkeeper(books, clock)
        feeds, self._server = near_feeds(level, clock, names=FEEDS, listings=listings(sizes.day_instruments))
        self._watch = WatchTargets(store=books, oracle=ConsensusOracle(feeds), read_every=_READ_EVERY)
        self._advance, self._settle = AdvanceRooms(store=books), SettleRoom(store=books)
        self._made = 0
        self._gaps: dict[str, int | None] = {}

    async def live(self, look: Callable[[Day, int], None]) -> None:
        """All ticks, one after another."""
        await self._books.people(2, 4, each=sols("100000"))
        for number in range(self._sizes.day_ticks):
            tick_ms = NOON_MS + number * TICK_MS
            self._clock.set(tick_ms)
            self._trouble(self._server, number)
            if number % 20 == 0:
                await self._open_rooms(number // 20, tick_ms)
            watched = await self._watch(tick_ms)
            self._clock.set(max(self._clock.now_ms(), tick_ms + TICK_CLOSES_MS))
            if isinstance(watched, Err):
                raise RuntimeError(watched.why.message)
            await self._act(watched.value, number)
            if number % self._sizes.looked_every == 0:
                look(self.day, number * TICK_MS)

    def _trouble(self, server: FeedServer, number: int) -> None:
        """Every ten minutes two or three feeds fail for half a minute to four minutes."""
        if number % 200 == 100:
            for feed in self._chance.sample(FEEDS, self._chance.choice([2, 3])):
                server.faults[feed] = self._chance.choice(_FAULTS)
            self._healed = number + self._chance.randrange(10, 80)
        elif server.faults and number >= self._healed:
            server.faults.clear()

    async def _open_rooms(self, minute: int, now_ms: int) -> None:
        """Each coin has a new room every ten minutes; it lives for eight to twenty."""
        for coin in range(minute % 10, self._sizes.day_instruments, 10):
            up, life_ms = self._chance.random() < 0.5, self._chance.randrange(8, 21) * MINUTE_MS
            away = self._chance.randrange(1_000, 12_000) * (1 if up else -1)
            market = a_market(
                subject=CoinPrice(f"C{coin}"),
                target=level(f"C{coin}/USD", now_ms) * (10**6 + away) // 10**6,
                direction=Direction.UP if up else Direction.DOWN,
                mode=Mode.TOUCH if self._chance.random() < 0.8 else Mode.AT_CLOSE,
            )
            self._made += 1
            number = 100 * self._made
            room = a_room(
                number,
                market=market,
                status=RoomStatus.OPEN,
                created_at_ms=now_ms,
                opened_at_ms=now_ms,
                settle_at_ms=now_ms + life_ms,
            )
            bets = [
                a_bet(number + who, who, outcome, sols("0.1"), room=number, at_ms=now_ms)
                for who, outcome in ((2, "YES"), (4, "NO"))
            ]
            await self._books.opened(room, *bets)
            self.day.happened["rooms"] += 1

    async def _act(self, watched: Watched, number: int) -> None:
        happened = self.day.happened
        happened["touched"] += len(watched.report.touches)
        happened["refused"] += len(watched.report.refused)
        happened["records"] += len(watched.report.records)
        happened["stuck"] += len(watched.stuck)
        for state in watched.report.states:
            if state.gap_from_ms is not None and self._gaps.get(state.instrument) is None:
                happened["gaps"] += 1
            self._gaps[state.instrument] = state.gap_from_ms
        for answered in watched.answered:
            happened[f"{answered.status.value.lower()}"] += 1
            if answered.status is RoomStatus.SETTLING and not isinstance(
                await self._settle(answered.room), Ok
            ):
                raise RuntimeError("a room was answered and could not be settled")
        if number % _ADVANCE_EVERY == 0:
            advanced = await self._advance(self._clock.now_ms())
            if isinstance(advanced, Ok) and advanced.value.moved:
                self._watch.look_again()


def _look(day: Day, passed_ms: int) -> None:
    gc.collect()
    day.seen.append((passed_ms, resident("VmRSS"), sys.getallocatedblocks()))
    _, kib, blocks = day.seen[-1]
    print(f"# hour {passed_ms / _HOUR_MS:.2f}: {kib:,} KiB, {blocks:,} blocks", flush=True)


def _fill_caches() -> None:
    """The store remembers the last 8,192 records it read, which takes it most of a day: here they are there at first.

    They are like those that come: rows of markets, rooms' questions, answers with their evidence.
    """
    for number in range(_REMEMBERED):
        hashes = tuple([f"sha256:{number:032x}{place:032x}" for place in range(6)])
        record: Reading | Market | Resolution
        match number % 4:
            case 0:
                record = a_market(target=number + 1, mode=Mode.TOUCH)
            case 1:
                record = replace(a_resolution("YES", price=number), evidence=hashes)
            case _:
                record = a_reading(10**14 + number, tick_ms=number, evidence=hashes[0])
        read_record(type(record), write_record(type(record), record))


async def _live(sizes: Sizes) -> Day:
    _fill_caches()
    clock = ManualClock(NOON_MS)
    with tempfile.TemporaryDirectory() as folder:
        async with open_books(Path(folder) / "day.sqlite3", clock) as books:
            living = LiveDay(sizes, books, clock)
            await living.live(_look)
    return living.day


if __name__ == "__main__":
    lived = asyncio.run(_live(Sizes(**json.loads(sys.argv[1]))))
    print(json.dumps({"seen": lived.seen, "happened": lived.happened}))
