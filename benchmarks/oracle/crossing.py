"""O3: from the market's crossing of a target to the call of the settlement, on a clock that nobody has to wait for.

Each crossing has feeds, oracle, books and monitor of its own. It comes at any ms; answers take up to 0.6 s; in one
crossing of four a feed says nothing at all, so that the tick is not judged before it has closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final

from benchmarks.oracle.sizes import Sizes
from benchmarks.oracle.venues import POOL_SOURCES, SOL, SOL_PRICE, VENUES, feeds_of, first_price
from benchmarks.oracle.virtual_loop import LoopClock, run
from rooms_cli.benches import Goal, Point, at_most
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import CoinPrice, Direction, Mode, PumpMarketCap
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.result import Ok
from rooms_core.services.settle_room import SettleRoom
from rooms_core.services.watch_targets import WatchTargets
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import MINUTE_MS, a_bet, a_market, a_room, sols
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.memory_store import MemoryStore
from rooms_oracle.heard import TICK_MS
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.pace import ClockPace

VENUES_MOST_S: Final = 7.5
POOL_MOST_S: Final = 10.5
TOKEN: Final = PumpMarketCap("7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")
_JUMP_PPM: Final = 8_000
_TARGET_PPM: Final = 4_000
_CALM_TICKS: Final = 3
_GIVEN_UP: Final = 20
_SPARE: Final = ("binance", "okx")
"""Without keys only Coinbase and Kraken price USDT: while one of them is silent, nothing is priced at all."""
_CENTS: Final = 10
"""A token's supply is 10^15 base units of 10^-6, so its market cap in cents is a tenth of its price in 10^-12 USD."""


def delays(sizes: Sizes, tell: Callable[[str], None]) -> list[Goal]:
    """O3: the longest of so many, and how they are spread."""
    goals = []
    for name, pooled, most in (("O3", False, VENUES_MOST_S), ("O3-pool", True, POOL_MOST_S)):
        found = []
        for number in range(sizes.crossings):
            if number % 20 == 0:
                tell(f"crossing {number + 1:,} of {sizes.crossings:,}, {'one pool' if pooled else 'venues'}")
            found.append(run(_crossing(Random(number), pooled=pooled)))
        spread = Counter(found_ms // 500 for found_ms in found)
        points = tuple(
            Point(series=name, x=500 * at, y=spread[at], unit="crossings") for at in sorted(spread)
        )
        seen = ", ".join([f"{point.x / 1_000:g} s: {point.y:g}" for point in points])
        priced = "priced by one pool" if pooled else "priced by four venues"
        what = f"seconds from crossing to settlement call, longest of {len(found):,}, {priced}"
        goals.append(at_most(name, what, max(found) / 1_000, most, f"half-seconds from {seen}", points))
    return goals


async def _crossing(chance: Random, *, pooled: bool) -> int:
    """How many ms passed. Raises RuntimeError where nothing came of it."""
    clock = LoopClock()
    up = chance.random() < 0.5
    crossed_ms = NOON_MS + (_CALM_TICKS + 1) * TICK_MS + chance.randrange(TICK_MS)
    before = first_price() if pooled else SOL_PRICE
    moving = TOKEN.instrument if pooled else SOL

    def level(instrument: str, at_ms: int) -> int:
        if instrument != moving:
            return SOL_PRICE
        jump = _JUMP_PPM if at_ms >= crossed_ms else 0
        return before * (10**6 + (jump if up else -jump)) // 10**6

    target = before * (10**6 + (_TARGET_PPM if up else -_TARGET_PPM)) // 10**6
    names = (*VENUES, *POOL_SOURCES) if pooled else VENUES
    may_fail = POOL_SOURCES if pooled else _SPARE
    silent = [chance.choice(may_fail)] if chance.random() < 0.25 else []
    tokens = [moving] if pooled else []
    feeds = feeds_of(level, clock, chance, names=names, tokens=tokens, silent=silent)
    market = a_market(
        subject=TOKEN if pooled else CoinPrice("SOL"),
        target=target // _CENTS if pooled else target,
        direction=Direction.UP if up else Direction.DOWN,
        mode=Mode.TOUCH,
    )
    room = a_room(
        market=market, status=RoomStatus.OPEN, opened_at_ms=NOON_MS, settle_at_ms=NOON_MS + 60 * MINUTE_MS
    )
    return await _settled(room, feeds_clock=clock, oracle=ConsensusOracle(feeds)) - crossed_ms


async def _settled(room: Room, *, feeds_clock: LoopClock, oracle: ConsensusOracle) -> int:
    """When the settlement of a room was called: a monitor on the grid, over books in memory."""
    store = MemoryStore(feeds_clock)
    books = Bookkeeper(store, ManualClock())
    await books.people(2, 4, each=sols("100"))
    await books.opened(room, a_bet(10, 2, "YES", sols("1")), a_bet(12, 4, "NO", sols("1")))
    watch, settle, pace = (
        WatchTargets(store=store, oracle=oracle),
        SettleRoom(store=store),
        ClockPace(feeds_clock),
    )
    for number in range(_GIVEN_UP):
        await pace.until(NOON_MS + number * TICK_MS)
        watched = await watch(NOON_MS + number * TICK_MS)
        if isinstance(watched, Ok) and [each.room for each in watched.value.answered] == [RoomId(room.id)]:
            called_ms = feeds_clock.now_ms()
            if not isinstance(await settle(room.id), Ok):
                raise RuntimeError("the room was answered and could not be settled")
            return called_ms
    raise RuntimeError(f"a crossing was not found within {_GIVEN_UP} ticks")
