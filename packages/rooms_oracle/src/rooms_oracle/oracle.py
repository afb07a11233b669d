"""The oracle as the core knows it: one price that may move money, or none.

Feeds are asked once for each tick, for all polled instruments and the rates they rest on; rates are judged
first. What was silent is audited as soon as its candles can be read. The clock is the caller's.
"""

from __future__ import annotations

from typing import Final

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import MarketState, PoolDepth, Reading
from rooms_core.ports.oracle import (
    CloseAnswer,
    NoAnswer,
    NotPriceable,
    NotYet,
    OracleFailed,
    TickReport,
    Touch,
    TouchAnswer,
    WatchedRoom,
)
from rooms_core.result import Err, Ok, Result
from rooms_oracle.aggregate import INSTANT
from rooms_oracle.answers import Answers
from rooms_oracle.evidence import EvidenceLog
from rooms_oracle.frozen import FrozenWatch
from rooms_oracle.gaps import SILENCE_MS
from rooms_oracle.heard import TICK_CLOSES_MS, TICK_MS, FeedSource, Instrument
from rooms_oracle.held import HeldTick, judge_all, with_rates
from rooms_oracle.instrument_standing import InstrumentStanding, standing_of
from rooms_oracle.pins import kept_to
from rooms_oracle.reasons import ONLY_A_RATE
from rooms_oracle.settle_price import DEADLINE_MS
from rooms_oracle.tracker import Tracker, depth_of

ASKED_MOST: Final = 1_000
"""So many depths of what is only asked for are remembered: anybody can ask for any token."""


class ConsensusOracle:
    """Implements `PriceOracle` over any `FeedSource`: recorded days, generated markets, live venues."""

    def __init__(self, feeds: FeedSource) -> None:
        self._feeds = feeds
        self._log = EvidenceLog()
        self._answers = Answers(feeds, self._log)
        self._polled: dict[str, int] = {}
        self._plan: list[Instrument] = []
        self._trackers: dict[str, Tracker] = {}
        self._frozen: dict[str, FrozenWatch] = {}
        self._asked_depths: dict[str, PoolDepth | None] = {}

    async def price(self, instrument: str, *, now_ms: int) -> Result[Reading, NotPriceable | OracleFailed]:
        """The newest accepted tick, not older than 6 s; of an instrument that is not ticking, the newest to be had.

        Feeds that answer on the network are asked on the next tick, which may take 4.5 s. What two families may price
        is a rate that others rest on; a room of its own would be decided by one of them.
        """
        tracker = self._trackers.get(instrument)
        if tracker is not None and tracker.held and _is_recent(tracker.held[-1], now_ms):
            return self._newest(tracker, now_ms)
        plan = with_rates([instrument], self._feeds)
        if not plan:
            return Err(NotPriceable(instrument, "unknown"))
        tick_ms = self._feeds.askable(now_ms)
        heard = await self._feeds.collect([each.name for each in plan], tick_ms)
        asked = judge_all(plan, heard, tick_ms)[instrument]
        self._asked_depths.pop(instrument, None)
        while len(self._asked_depths) >= ASKED_MOST:
            del self._asked_depths[next(iter(self._asked_depths))]
        self._asked_depths[instrument] = depth_of(asked)
        return _told(asked)

    def depth(self, instrument: str) -> PoolDepth | None:
        """The single pool behind a thin token as it was last read; None for other instruments."""
        tracker = self._trackers.get(instrument)
        if tracker is not None and tracker.depth is not None:
            return tracker.depth
        return self._asked_depths.get(instrument)

    def resume(self, state: MarketState) -> None:
        """Go on from a stored market row; an unknown instrument is passed over."""
        tracker = self._tracker(state.instrument)
        if tracker is not None and tracker.last is None:
            tracker.resume(state)

    def chains(self, instrument: str) -> tuple[str, ...]:
        """The instruments in whose chains a decision on this one writes records: its rates and itself."""
        return tuple([each.name for each in with_rates([instrument], self._feeds)])

    def resume_chain(self, instrument: str, last_record: str | None) -> None:
        """Go on after the last stored record of one of `chains`, whether or not it has a market row."""
        self._log.resume(instrument, last_record)

    def poll(self, instrument: str) -> None:
        """Tick this instrument from now on; counted."""
        self._polled[instrument] = self._polled.get(instrument, 0) + 1
        self._tracker(instrument)
        self._plan = with_rates(self._polled, self._feeds)

    def rest(self, instrument: str) -> None:
        """Undo one `poll`; after the last one nothing of the instrument is kept but its chain of records."""
        count = self._polled.pop(instrument, 0)
        if count > 1:
            self._polled[instrument] = count - 1
        else:
            self._trackers.pop(instrument, None)
            self._frozen.pop(instrument, None)
            self._plan = with_rates(self._polled, self._feeds)

    def relist(self) -> None:
        """The feeds know instruments otherwise than before: what is polled goes on by their settings of now."""
        self._plan = with_rates(self._polled, self._feeds)
        for name in {*self._polled, *self._trackers}:
            tracker, known = self._tracker(name), self._feeds.instrument(name)
            if tracker is not None and known is not None:
                tracker.instrument = known

    def watch(self, room: WatchedRoom) -> None:
        """Watch a room's target; again with the same room changes nothing. Polling it is the caller's."""
        tracker = self._tracker(room.instrument)
        if tracker is not None:
            tracker.watch.add(room)

    def forget(self, room: RoomId) -> None:
        """Stop watching; a room that is not watched is no error."""
        for tracker in self._trackers.values():
            tracker.forget(room)

    async def tick(self, at_ms: int) -> Result[TickReport, OracleFailed]:
        """Evaluate one grid tick; a tick that was judged already is reported again, not judged again."""
        if at_ms % TICK_MS:
            return Err(OracleFailed(f"{at_ms} is no tick of the grid", retryable=False))
        plan = self._plan  # what is listed anew meanwhile begins with the next tick
        heard = await self._feeds.collect([each.name for each in plan], at_ms)
        heard = {name: kept_to(self._pinned(name), said) for name, said in heard.items()}
        ticks = judge_all(plan, heard, at_ms, frozen=self._frozen)
        states: list[MarketState] = []
        touches: list[Touch] = []
        refused: list[tuple[str, str]] = []
        taken = [(name, self._trackers.get(name), ticks.get(name)) for name in self._polled]
        for _, tracker, judged in taken:
            if tracker is not None and judged is not None:
                self._take(tracker, judged)
        await self._answers.audit_some([each for _, each, _ in taken if each is not None], at_ms)
        for name, tracker, judged in taken:
            if tracker is None or judged is None:
                refused.append((name, "unknown"))
                continue
            state = tracker.state() if tracker.changed(judged) else None
            if state is not None:
                states.append(state)
            if not judged.accepted:
                refused.append((name, judged.judged.found.status.value))
            touches += tracker.touches.values()
        return Ok(TickReport(at_ms, tuple(states), tuple(touches), tuple(refused), self._log.drain()))

    def standings(self) -> list[InstrumentStanding]:
        """How each polled instrument stands, for those who look after it."""
        return [standing_of(self._trackers[name]) for name in self._polled if name in self._trackers]

    async def close_price(
        self, instrument: str, *, settle_at_ms: int, now_ms: int
    ) -> Result[CloseAnswer, OracleFailed]:
        """The settle price of an AT_CLOSE room: ticks, else candles, else none by the deadline."""
        known = self._feeds.instrument(instrument)
        if known is None:
            return _unknown(instrument, settle_at_ms, now_ms)
        if now_ms < settle_at_ms + TICK_CLOSES_MS and not self._judged_up_to(instrument, settle_at_ms):
            return Ok(NotYet(settle_at_ms + TICK_CLOSES_MS))
        tracker = self._trackers.get(instrument) or Tracker(known)
        return Ok(await self._answers.close_price(tracker, settle_at_ms, now_ms))

    async def touch_answer(self, room: WatchedRoom, *, now_ms: int) -> Result[TouchAnswer, OracleFailed]:
        """The answer of a TOUCH room at or after its settle time, every gap audited."""
        tracker = self._tracker(room.instrument)
        if tracker is None:
            return _unknown(room.instrument, room.settle_at_ms, now_ms)
        tracker.watch.add(room)
        return Ok(await self._answers.touch_answer(tracker, room, now_ms))

    def _take(self, tracker: Tracker, tick: HeldTick) -> None:
        latest_ms = tracker.latest_ms
        if latest_ms is None or tick.tick_ms > latest_ms:
            tracker.take(tick, self._log)

    def _newest(self, tracker: Tracker, now_ms: int) -> Result[Reading, NotPriceable | OracleFailed]:
        newest = next((tick for tick in reversed(tracker.held) if tick.accepted), None)
        if newest is None or not _is_recent(newest, now_ms):
            return Err(NotPriceable(tracker.instrument.name, tracker.held[-1].judged.found.status.value))
        return _told(newest)

    def _pinned(self, instrument: str) -> PoolDepth | None:
        """The pool that has priced a token so far."""
        tracker = self._trackers.get(instrument)
        return None if tracker is None else tracker.depth

    def _judged_up_to(self, instrument: str, tick_ms: int) -> bool:
        tracker = self._trackers.get(instrument)
        return tracker is not None and tracker.latest_ms is not None and tracker.latest_ms >= tick_ms

    def _tracker(self, name: str) -> Tracker | None:
        tracker = self._trackers.get(name)
        if tracker is None:
            instrument = self._feeds.instrument(name)
            if instrument is None:
                return None
            tracker = self._trackers[name] = Tracker(instrument)
        return tracker


def _is_recent(tick: HeldTick, now_ms: int) -> bool:
    """Whether a tick is not older than 6 s. One that lies ahead was read before the clock was set back: it is old."""
    return -INSTANT.max_skew_ms <= now_ms - tick.tick_ms <= SILENCE_MS


def _unknown(instrument: str, settle_at_ms: int, now_ms: int) -> Result[NoAnswer, OracleFailed]:
    """What no feed knows any more has no price by the deadline, as if all feeds were silent: no room waits for ever."""
    if now_ms < settle_at_ms + DEADLINE_MS:
        return Err(OracleFailed(f"{instrument} is unknown", retryable=False))
    return Ok(NoAnswer("unknown", ()))


def _told(tick: HeldTick) -> Result[Reading, NotPriceable | OracleFailed]:
    """A price that is only asked for leaves no record: whoever asks may not be who writes the chain (decision C17)."""
    if not tick.accepted:
        return Err(NotPriceable(tick.inputs.instrument.name, tick.judged.found.status.value))
    known = tick.inputs.instrument
    if not known.single_pool and known.params.quorum < INSTANT.quorum:
        return Err(NotPriceable(known.name, ONLY_A_RATE))
    return Ok(tick.reading())
