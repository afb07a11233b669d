"""The monitor keeps to the grid, begins anew with each term, and says what an operator should know."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tests.cli.loops.virtual import Place, Told

from rooms_cli.loops.monitor import Monitor
from rooms_cli.loops.standing import LoopStanding
from rooms_core.domain.market import FoundBy, Mode
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.oracle import OracleFailed, TickReport, Touch
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import USD, a_bet, a_market, a_market_state, a_reading, a_room, sols
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.oracle import ScriptedOracle

TICK_MS = 3_000


@dataclass
class Watching:
    """A monitor over scripted oracles, one for each term."""

    place: Place
    read_every: int = 1
    oracles: list[ScriptedOracle] = field(default_factory=list)
    called: int = 0
    standing: LoopStanding = field(default_factory=lambda: LoopStanding(role="monitor"))

    def __post_init__(self) -> None:
        self.monitor = Monitor(
            new_oracle=self._oracle,
            clock=self.place.clock,
            log=self.place.told,
            answered=self._called,
            read_every=self.read_every,
        )

    def _oracle(self) -> ScriptedOracle:
        self.oracles.append(ScriptedOracle())
        return self.oracles[-1]

    def _called(self) -> None:
        self.called += 1

    async def tick(self, *reports: TickReport | OracleFailed, token: int = 1) -> object:
        """Take the turn that is due now; an oracle that is there answers these."""
        if self.oracles:
            self.oracles[-1].ticks.extend(reports)
        answer = await self.monitor.turn(self.place.store, token, self.standing)
        self.place.clock.advance(TICK_MS)
        return answer


@pytest.fixture
def watching(place: Place) -> Watching:
    """One that has not begun yet."""
    return Watching(place)


async def test_ticks_lie_on_the_grid_whatever_a_turn_takes(place: Place, told: Told) -> None:
    """One after another; a turn that takes 7 s costs two ticks, which are counted and never made up for."""
    watching = Watching(place)
    seen = []

    class Slow(ScriptedOracle):
        async def tick(self, at_ms: int) -> Result[TickReport, OracleFailed]:
            seen.append(at_ms - NOON_MS)
            place.clock.advance(7_000 if len(seen) == 3 else 200)
            return await super().tick(at_ms)

    watching.monitor.new_oracle = Slow
    loop = place.loop(watching.monitor, ms=21_000)
    place.clock.advance(-1)
    await loop.run()

    assert [0, 3_000, 6_000, 15_000, 18_000] == seen
    assert (5, 2, 1) == tuple(loop.standing.counts[name] for name in ("ticks", "skipped", "overruns"))
    assert [{"role": "monitor", "skipped": 2, "tick_ms": NOON_MS + 15_000}] == told.of("ticks were skipped")
    assert 7_000 == loop.standing.longest_ms


async def test_a_monitor_that_is_called_between_ticks_waits(watching: Watching) -> None:
    """Nothing is evaluated before its time, and nothing twice."""
    watching.place.clock.advance(1_000)
    assert Ok(None) == await watching.monitor.turn(watching.place.store, 1, watching.standing)
    assert [] == watching.oracles
    assert NOON_MS + TICK_MS == watching.monitor.due_ms(watching.place.clock.now_ms())


async def test_a_new_term_begins_anew_from_the_books(watching: Watching) -> None:
    """What another process wrote meanwhile is read; what was in memory is forgotten."""
    await watching.tick()
    await watching.tick()
    await watching.tick(token=3)
    await watching.tick(token=3)

    assert 2 == len(watching.oracles)


async def test_a_term_begins_with_the_next_tick_and_has_skipped_none(watching: Watching, told: Told) -> None:
    """The tick that is on may have been evaluated by whoever led before, and so were those since our last term."""
    await watching.tick()
    watching.place.clock.advance(60_400)
    assert Ok(None) == await watching.monitor.turn(watching.place.store, 3, watching.standing)
    assert 1 == watching.standing.counts["ticks"]
    watching.place.clock.advance(2_600)
    await watching.tick(token=3)

    assert (2, 0) == (watching.standing.counts["ticks"], watching.standing.counts["skipped"])
    assert [] == told.of("ticks were skipped")


async def test_a_clock_that_is_set_back_is_said_and_waited_for(watching: Watching, told: Told) -> None:
    """No tick is evaluated twice; small steps are nothing to talk about."""
    await watching.tick()
    last_ms = watching.place.clock.now_ms()
    for back_ms in (1_000, 600_000, 300_000, 0):
        assert last_ms == watching.monitor.due_ms(last_ms - back_ms)

    assert [{"ahead_ms": 600_000}] == told.of("the clock was set back: no tick until it has caught up")


async def test_a_room_is_opened_watched_and_answered(watching: Watching, told: Told) -> None:
    """With players it opens, is watched from the next tick on, and a touch calls the settler."""
    place = watching.place
    keeper = Bookkeeper(place.store, place.clock)
    await keeper.people(2, 4, 6, each=sols("10"))
    room = a_room(host=6, market=a_market(mode=Mode.TOUCH))
    await keeper.opened(room, a_bet(1, 2, "YES", sols("2")), a_bet(3, 4, "NO", sols("1")))
    await watching.tick()
    assert RoomStatus.OPEN is (await keeper.room(room)).status
    await watching.tick()
    assert [room.id] == list(watching.oracles[0].watched)
    at_ms = place.clock.now_ms()
    touch = Touch(
        room=room.id, at_ms=at_ms, price=1, last_clear_ms=at_ms, found_by=FoundBy.TICKS, evidence=()
    )
    await watching.tick(TickReport(at_ms, (), (touch,)))
    await watching.tick()

    assert RoomStatus.SETTLING is (await keeper.room(room)).status
    assert 1 == watching.called
    assert [1, 1, 0] == [watching.standing.counts[name] for name in ("moved", "answered", "stuck")]
    assert [{"room": room.id, "status": "OPEN", "reason": None}] == told.of("room moved")
    (answered,) = told.of("room answered")
    assert (at_ms, FoundBy.TICKS.value) == (answered["touched_ms"], answered["found_by"])


async def test_a_room_that_cannot_be_moved_is_told_once(watching: Watching, told: Told) -> None:
    """It is tried on every tick all the same, and the others go on."""
    keeper = Bookkeeper(watching.place.store, watching.place.clock)
    settled_ms = NOON_MS - 60_000
    room = a_room(
        status=RoomStatus.LOCKED,
        created_at_ms=settled_ms - 900_000,
        settle_at_ms=settled_ms,
        opened_at_ms=settled_ms - 900_000,
    )
    await keeper.opened(room)
    await watching.tick()
    for _ in range(3):
        watching.oracles[0].closes["SOL/USD"] = OracleFailed("no answer")
        await watching.tick()

    assert [{"room": room.id, "why": "no answer"}] == told.of("a room could not be moved and is tried again")
    assert 3 == watching.standing.counts["stuck"]


async def test_a_failed_tick_is_the_turns_failure(watching: Watching) -> None:
    """The loop tells it and comes again on the next tick."""
    await watching.tick()

    failed = OracleFailed("no answer")
    assert Err(failed) == await watching.tick(failed)
    assert Ok(None) == await watching.tick()


async def test_prices_are_told_when_they_change(watching: Watching, told: Told) -> None:
    """The first refusal, another reason, the end of it; not every tick."""
    await watching.tick()
    for refused in ((("SOL/USD", "NO_QUORUM"),),) * 2 + ((("SOL/USD", "NO_CONSENSUS"),), (), ()):
        await watching.tick(TickReport(watching.place.clock.now_ms(), (), (), refused))

    assert ["NO_QUORUM", "NO_CONSENSUS"] == [facts["reason"] for facts in told.of("no price is accepted")]
    assert 1 == len(told.of("prices are accepted again"))


async def test_rooms_are_moved_on_every_nth_tick(place: Place) -> None:
    """What that costs is the operator's choice."""
    watching = Watching(place, read_every=3)
    before = place.store.commits
    costs = []
    for _ in range(6):
        await watching.tick()
        costs.append(place.store.commits - before)
        before = place.store.commits

    assert costs[0] == costs[3] > costs[1] == costs[2] == costs[4] == 0


async def test_what_a_tick_brought_is_counted(watching: Watching) -> None:
    """An instrument whose gap is told is without a price all the same, and each is counted once."""
    await watching.tick()
    now_ms = watching.place.clock.now_ms()
    states = (
        a_market_state(a_reading(USD, tick_ms=now_ms)),
        a_market_state(a_reading(USD, instrument="BTC/USD", tick_ms=now_ms), gap_from_ms=now_ms),
    )
    refused = (("BTC/USD", "NO_QUORUM"), ("ETH/USD", "NO_QUORUM"))
    await watching.tick(TickReport(now_ms, states, (), refused))
    gauges, counted = watching.standing.gauges, watching.monitor.counted

    assert (3, 1, 0, now_ms) == (
        gauges["instruments"],
        gauges["priced"],
        gauges["rooms"],
        gauges["tick_ms"],
    )
    assert ({"SOL/USD": 1}, 2) == (counted.accepted, sum(counted.refused.values()))
    assert 2 == watching.standing.times["tick_lag"].up_to()[-1][1]
