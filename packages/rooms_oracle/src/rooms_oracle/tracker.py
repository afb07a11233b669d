"""One polled instrument: its last minutes of ticks, its silences, its watched targets, its market row.

Nothing here awaits. `take` turns a judged tick into touches; what was silent is owed an audit, which the oracle
carries out with candles and hands back to `judge_gap`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction, FoundBy, MarketState, PoolDepth, Reading
from rooms_core.ports.oracle import Touch, WatchedRoom
from rooms_oracle.audit import counts_for
from rooms_oracle.evidence import EvidenceLog
from rooms_oracle.gaps import SILENCE_MS, Gap, JudgedMinute
from rooms_oracle.heard import TICK_MS, Instrument
from rooms_oracle.held import HeldTick, write_down
from rooms_oracle.hits import Thresholds, reaches
from rooms_oracle.low_water import LowWater
from rooms_oracle.settle_price import is_last_minute, settle_price
from rooms_oracle.touch import Hit
from rooms_oracle.watch import TargetWatch, Touched
from rooms_oracle.window import POOL_SPAN_MS, SPAN_MS, RangeWindow

HELD_TICKS: Final = 120
"""Six minutes: the last minute before a settle time, and some time to ask for it."""
MINUTES_KEPT: Final = 1_500
"""Judged minutes: a day, the longest life of a room, and an hour."""
MINUTES_KEPT_MS: Final = 3_600_000
"""So long at least, for rooms that are watched late."""
WARM_TICKS: Final = 2
"""No hit counts until this many ticks were accepted since the start; a pool's gap is over after as many."""

SOL_RATE: Final = "SOL/USD"
_LAMPORTS_TO_CENTS: Final = 10**19
"""10^9 lamports are a SOL, its price is in 10^-12 dollars, and a cent is 10^-2 of one."""


class Tracker:
    """The state of one instrument between ticks."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.watch = TargetWatch()
        self.held: deque[HeldTick] = deque(maxlen=HELD_TICKS)
        self.gaps: list[Gap] = []
        self.minutes: deque[JudgedMinute] = deque(maxlen=MINUTES_KEPT)
        self.touches: dict[RoomId, Touch] = {}
        self.closing: dict[int, list[HeldTick]] = {}
        self.last: Reading | None = None
        self.depth: PoolDepth | None = None
        self.range_ppm = 0
        self._depths = LowWater()
        self._accepted = 0
        self._window = RangeWindow(POOL_SPAN_MS if instrument.single_pool else SPAN_MS)
        self._resumed: Reading | None = None
        self._told_gap: int | None = None
        self._sampled_minute = -1

    def resume(self, state: MarketState) -> None:
        """Go on from a stored market row; what it owed is owed, and the time since is silence."""
        self.last = self._resumed = state.last
        self.depth = state.depth
        if state.depth is not None:
            self._depths.add(state.last.tick_ms, state.depth.liquidity_cents)
        self.range_ppm = state.range_ppm
        self._window.resume(state.last.tick_ms, state.range_ppm)
        self._told_gap = state.gap_from_ms
        if state.gap_from_ms is not None:
            self.gaps.append(Gap(state.gap_from_ms))

    @property
    def gap_from_ms(self) -> int | None:
        """The start of the oldest silence whose audit is still owed."""
        return min([gap.from_ms for gap in self.gaps], default=None)

    @property
    def latest_ms(self) -> int | None:
        """The newest tick that was judged, accepted or not."""
        return self.held[-1].tick_ms if self.held else None

    def state(self) -> MarketState | None:
        """The row a bet is judged by; None before the first accepted tick."""
        if self.last is None:
            return None
        return MarketState(self.instrument.name, self.last, self.range_ppm, self.gap_from_ms, self.depth)

    def take(self, tick: HeldTick, log: EvidenceLog) -> None:
        """Take in the next tick: samples, silences, the window, and the targets it touches."""
        self.held.append(tick)
        self._sample(tick, log)
        self._read_depth(tick, log)
        if tick.accepted:
            self._accept(tick, log)
        else:
            self.be_silent(tick.tick_ms)

    def be_silent(self, until_ms: int) -> None:
        """Notice that nothing was accepted up to now; over 6 s of it is a gap."""
        since_ms = self._last_heard(until_ms)
        if until_ms - since_ms > SILENCE_MS and all(gap.to_ms is not None for gap in self.gaps):
            self.gaps.append(Gap(since_ms))

    def changed(self, tick: HeldTick) -> bool:
        """Whether the market row differs from the one told last; asked once for each tick."""
        gap_from_ms = self.gap_from_ms
        differs = tick.accepted or gap_from_ms != self._told_gap
        self._told_gap = gap_from_ms
        return differs

    def judge_gap(self, gap: Gap, judged: JudgedMinute) -> None:
        """A minute of a gap was judged: the rooms it touched are touched at its end."""
        gap.judged()
        self._forget_minutes(judged.minute_ms)
        self.minutes.append(judged)
        for room in self.watch.reached(Thresholds(judged.up, judged.down)):
            if counts_for(judged.minute_ms, room):
                self.watch.settle(room.room)
                self.touches[room.room] = audit_touch(room, judged)

    def _forget_minutes(self, newest_ms: int) -> None:
        """Those that began before any watched room was OPEN prove nothing any more; an hour is kept all the same."""
        oldest_ms = min([room.since_ms for room in self.watch.rooms()], default=newest_ms)
        while self.minutes and self.minutes[0].minute_ms < min(oldest_ms, newest_ms - MINUTES_KEPT_MS):
            self.minutes.popleft()

    def needed(self, minute_ms: int) -> bool:
        """Whether any watched room ran through the whole of a minute; if none did, nobody asks what it reached."""
        return any(counts_for(minute_ms, room) for room in self.watch.rooms())

    def drop_audited(self) -> None:
        """Forget the gaps that are settled."""
        if self.gaps:
            self.gaps = [gap for gap in self.gaps if not gap.audited]

    def forget_closing(self, before_ms: int) -> None:
        """Forget the ticks that were kept for settle times so long ago that no room can still ask for them."""
        if self.closing:
            self.closing = {at_ms: kept for at_ms, kept in self.closing.items() if at_ms >= before_ms}

    def forget(self, room: RoomId) -> None:
        """Stop watching a room."""
        self.watch.discard(room)
        self.touches.pop(room, None)

    def _last_heard(self, now_ms: int) -> int:
        """The last accepted tick; before the first one, the opening of the oldest watched room."""
        if self.last is not None:
            return self.last.tick_ms
        return min([room.since_ms for room in self.watch.rooms()], default=now_ms)

    def _accept(self, tick: HeldTick, log: EvidenceLog) -> None:
        self.be_silent(tick.tick_ms)
        for gap in self.gaps:
            if gap.to_ms is None:
                gap.to_ms = tick.tick_ms
        if self.instrument.single_pool:
            self._end_pool_gaps(tick.tick_ms)
        self._accepted += 1
        self.range_ppm = self._window.add(tick.tick_ms, tick.price)
        if self._accepted >= WARM_TICKS and len(self.watch):
            hit = Hit(tick.tick_ms, tick.price)
            for done in self.watch.tick(hit, tick.at, self._clear_before, self._allowed):
                self.touches[done.room.room] = self._touch(done, log)
        self.last = tick.reading()

    def _end_pool_gaps(self, tick_ms: int) -> None:
        """Two accepted ticks after it, a pool's silence is over: there are no candles to ask."""
        self.gaps = [gap for gap in self.gaps if gap.to_ms is None or gap.to_ms == tick_ms]

    def _sample(self, tick: HeldTick, log: EvidenceLog) -> None:
        """Of the ticks that decide nothing, one a minute is written down."""
        minute = tick.tick_ms // 60_000
        if minute != self._sampled_minute:
            self._sampled_minute = minute
            write_down(tick, log)

    def _read_depth(self, tick: HeldTick, log: EvidenceLog) -> None:
        """A pool that is seen for the first time is in a record, and so is what was read before it."""
        depth, known = depth_of(tick), self.depth
        if depth is None:
            return
        self._depths.add(tick.tick_ms, depth.liquidity_cents)
        if known is not None and known.pool == depth.pool:
            self.depth = replace(depth, evidence=known.evidence)
        elif depth.pool:
            before = next(
                (held for held in reversed(self.held) if held is not tick and held.inputs.pool), None
            )
            if before is not None:
                write_down(before, log)
            self.depth = replace(depth, evidence=write_down(tick, log).hash)
        else:
            self.depth = depth

    def _halved(self, room: WatchedRoom) -> bool:
        """Whether a thin room's pool has halved at any time since it was OPEN (decision R6)."""
        created, least = room.created_liquidity_cents, self._depths.least_since(room.since_ms)
        return created is not None and least is not None and 2 * least <= created

    def _allowed(self, room: WatchedRoom) -> bool:
        """Hits alone touch a room unless its pool has halved: then the median of its last minute must be past it."""
        if not self._halved(room):
            return True
        now_ms = self.held[-1].tick_ms
        median = settle_price([(tick.tick_ms, tick.price) for tick in self.held if tick.accepted], now_ms)
        return median is not None and reaches(Thresholds(median, median), room.direction, room.target)

    def _clear_before(self, direction: Direction, target: int) -> int:
        """L: the last accepted tick that was no hit. Where memory begins with hits, the tick before memory."""
        oldest_ms = self.held[-1].tick_ms
        for tick in reversed(self.held):
            if tick.accepted:
                oldest_ms = tick.tick_ms
                if not reaches(tick.at, direction, target):
                    return oldest_ms
        before = self._resumed
        if before is not None:
            oldest_ms = before.tick_ms
            if not reaches(Thresholds(before.hit_up, before.hit_down), direction, target):
                return oldest_ms
        return oldest_ms - TICK_MS

    def _touch(self, done: Touched, log: EvidenceLog) -> Touch:
        first = done.streak.hits[0]
        deciding = {done.streak.clear_ms, *[hit.tick_ms for hit in done.streak.hits]}
        if self._halved(done.room):
            deciding |= {
                held.tick_ms for held in self.held if is_last_minute(held.tick_ms, self.held[-1].tick_ms)
            }
        records = [write_down(held, log) for held in self.held if held.tick_ms in deciding]
        pending = log.pending()
        return Touch(
            room=done.room.room,
            at_ms=first.tick_ms,
            price=first.price,
            last_clear_ms=done.streak.clear_ms,
            found_by=FoundBy.TICKS,
            evidence=tuple([record.hash for record in records]),
            records=(*[record for record in records if record not in pending], *pending),
        )


def audit_touch(room: WatchedRoom, judged: JudgedMinute) -> Touch:
    """A touch found by candles: at the end of its minute, at the price two families reached."""
    return Touch(
        room=room.room,
        at_ms=judged.end_ms,
        price=judged.edge(room.direction),
        last_clear_ms=judged.gap_from_ms,
        found_by=FoundBy.AUDIT,
        evidence=(judged.evidence,),
        records=judged.records,
    )


def depth_of(tick: HeldTick) -> PoolDepth | None:
    """The depth of the single pool behind a tick, or None where there is no pool or no SOL rate."""
    pool, sol = tick.inputs.pool, tick.inputs.rates.get(SOL_RATE)
    if pool is None or sol is None:
        return None
    cents = pool.liquidity_cents
    if pool.lamports is not None:
        cents = pool.lamports * sol.price // _LAMPORTS_TO_CENTS
    return PoolDepth(cents, pool.fee_ppm, sol.price, pool.on_curve, pool.address)
