"""The monitor's turn: one tick of the 3 s grid. Prices are watched, rooms are answered, opened and locked.

With every new token of the role it begins anew from the database: what another process saw meanwhile stands there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from rooms_cli.loops.counted import TickCounts
from rooms_cli.loops.role_loop import Failed, Log
from rooms_cli.loops.standing import LoopStanding
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.clock import Clock
from rooms_core.ports.oracle import PriceOracle
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.advance_rooms import AdvanceRooms
from rooms_core.services.closing import Stuck
from rooms_core.services.watch_targets import Watched, WatchTargets
from rooms_oracle.grid import LATE_MS, next_open, next_turn
from rooms_oracle.heard import TICK_MS


@dataclass(slots=True, kw_only=True)
class Monitor:
    """Implements `Job`. `answered` is called when a room has its answer, so that it can be settled at once.

    `learn` tells which instruments are listed anew since the last tick, and has the prices follow.
    The rooms are read, and those that are due are moved on, on every `read_every`-th tick (decision R11).
    """

    new_oracle: Callable[[], PriceOracle]
    clock: Clock
    log: Log
    answered: Callable[[], None]
    read_every: int = 1
    counted: TickCounts = field(default_factory=TickCounts)
    learn: Callable[[Store], Awaitable[Result[tuple[str, ...], StoreFailed]]] | None = None
    _watch: WatchTargets | None = field(default=None, init=False)
    _token: int = field(default=-1, init=False)
    _last_ms: int | None = field(default=None, init=False)
    _move_in: int = field(default=0, init=False)
    _unpriced: dict[str, str] = field(default_factory=dict, init=False)
    _stuck: dict[Stuck, None] = field(default_factory=dict, init=False)
    _told_back: bool = field(default=False, init=False)

    def due_ms(self, now_ms: int) -> int:
        """The time of the next tick. A clock that was set back is waited for, as no tick is evaluated twice."""
        due_ms = next_turn(self._last_ms, now_ms).tick_ms
        ahead = due_ms - now_ms > 2 * TICK_MS
        if ahead and not self._told_back:
            self.log.warning(
                "the clock was set back: no tick until it has caught up", ahead_ms=due_ms - now_ms
            )
        self._told_back = ahead
        return due_ms

    async def turn(self, store: Store, token: int, standing: LoopStanding) -> Result[None, Failed]:
        """Evaluate the tick that is due; those that were missed are counted."""
        if token != self._token:
            self._begin(token)
        tick_ms, skipped = next_turn(self._last_ms, self.clock.now_ms())
        if tick_ms > self.clock.now_ms():
            return Ok(None)  # woken too early, or so late that the next one is nearer
        self._last_ms = tick_ms
        standing.counts["ticks"] += 1
        standing.counts["skipped"] += skipped
        if skipped:
            self.log.warning("ticks were skipped", role=standing.role, skipped=skipped, tick_ms=tick_ms)
        watch = self._on(store)
        learnt = await self._learn(store, watch)
        if isinstance(learnt, Err):
            return learnt
        watched = await watch(tick_ms)
        if isinstance(watched, Err):
            return watched
        self.counted.take(watched.value)
        self._tell(watched.value, standing)
        moved = await self._advance(store, watch, standing)
        report = watched.value.report
        priced = {state.instrument for state in report.states} - {name for name, _ in report.refused}
        standing.gauges |= {
            "tick_ms": tick_ms,
            "rooms": watch.looked_after,
            "instruments": len(priced) + len(report.refused),
            "priced": len(priced),
        }
        standing.time("tick_lag", self.clock.now_ms() - tick_ms)
        if self.clock.now_ms() > tick_ms + TICK_MS + LATE_MS:
            standing.counts["overruns"] += 1
        return moved

    def _begin(self, token: int) -> None:
        """A new term: from the next tick on, as the one before may have been evaluated by somebody else."""
        self._token, self._watch, self._move_in = token, None, 0
        self._last_ms = next_open(self.clock.now_ms()) - TICK_MS
        self._unpriced, self._stuck = {}, {}

    def _on(self, store: Store) -> WatchTargets:
        """The watch of this term, on the store of this turn."""
        if self._watch is None:
            self._watch = WatchTargets(store=store, oracle=self.new_oracle(), read_every=self.read_every)
        self._watch.store = store
        return self._watch

    async def _learn(self, store: Store, watch: WatchTargets) -> Result[None, StoreFailed]:
        """What is listed anew is told, and its rooms and chains of records are looked at before its first tick."""
        if self.learn is None:
            return Ok(None)
        learnt = await self.learn(store)
        if isinstance(learnt, Err):
            return learnt
        if learnt.value:
            self.log.info("instruments are listed anew", listings=list(learnt.value))
            watch.look_again()
        return Ok(None)

    async def _advance(
        self, store: Store, watch: WatchTargets, standing: LoopStanding
    ) -> Result[None, StoreFailed]:
        """Open, lock and void what is due; what has moved is looked at on the next tick."""
        if self._move_in > 0:
            self._move_in -= 1
            return Ok(None)
        advanced = await AdvanceRooms(store=store)(self.clock.now_ms())
        if isinstance(advanced, Err):
            return advanced
        self._move_in = self.read_every - 1
        for moved in advanced.value.moved:
            standing.counts["moved"] += 1
            reason = None if moved.reason is None else moved.reason.value
            self.log.info("room moved", room=moved.room, status=moved.status.value, reason=reason)
            watch.look_again()
        self._tell_stuck(advanced.value.stuck, standing)
        return Ok(None)

    def _tell(self, watched: Watched, standing: LoopStanding) -> None:
        touches = {touch.room: touch for touch in watched.report.touches}
        for answered in watched.answered:
            standing.counts["answered"] += 1
            touch = touches.get(answered.room)
            found = {} if touch is None else {"touched_ms": touch.at_ms, "found_by": touch.found_by.value}
            self.log.info("room answered", room=answered.room, status=answered.status.value, **found)
        if any(answered.status is RoomStatus.SETTLING for answered in watched.answered):
            self.answered()
        self._tell_prices(dict(watched.report.refused), watched.report.at_ms)
        self._tell_stuck(watched.stuck, standing)

    def _tell_prices(self, refused: dict[str, str], tick_ms: int) -> None:
        """Whether there is a price is told when it changes."""
        for name, why in refused.items():
            if self._unpriced.get(name) != why:
                self.log.warning("no price is accepted", instrument=name, reason=why, tick_ms=tick_ms)
        for name in self._unpriced.keys() - refused.keys():
            self.log.info("prices are accepted again", instrument=name, tick_ms=tick_ms)
        self._unpriced = refused

    def _tell_stuck(self, found: tuple[Stuck, ...], standing: LoopStanding) -> None:
        """A room that cannot be moved is tried on every tick, and told once for each reason."""
        standing.counts["stuck"] += len(found)
        for stuck in found:
            if stuck not in self._stuck:
                self._stuck[stuck] = None
                self.log.warning(
                    "a room could not be moved and is tried again", room=stuck.room, why=stuck.why
                )
        while len(self._stuck) > 1_000:
            del self._stuck[next(iter(self._stuck))]
