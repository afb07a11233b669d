"""The answers at a settle time, and the audits they wait for: what candles are asked, and when to give up.

Nothing is guessed. An answer is known (with its records), not known yet (with the time to ask again), or, half an
hour after the settle time, not to be had.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from rooms_core.domain.market import FoundBy
from rooms_core.ports.oracle import (
    CloseAnswer,
    Closed,
    NoAnswer,
    NotYet,
    TouchAnswer,
    Untouched,
    WatchedRoom,
)
from rooms_oracle.audit import counts_for, judge_minute
from rooms_oracle.evidence import EvidenceLog, close_body
from rooms_oracle.finality import AGAIN_MS, NOT_FINAL, Finality, FinalPool
from rooms_oracle.gaps import RETRY_MS, Gap, JudgedMinute
from rooms_oracle.heard import MINUTE_MS, TICK_MS, FeedSource, Heard, Instrument
from rooms_oracle.held import HeldTick, judge_all, with_rates, write_down
from rooms_oracle.minute_record import minute_body
from rooms_oracle.quotes import rate_of
from rooms_oracle.settle_price import CANDLE_DELAY_MS, DEADLINE_MS, closes, is_last_minute, settle_price
from rooms_oracle.touch import HIT_GAP_MS, may_become_touch
from rooms_oracle.tracker import Tracker, audit_touch

AUDITS_A_TICK: Final = 12
"""So many instruments are audited at most: no more than second candles can be had for, or all wait for a retry."""
_NOT_FINAL: Final = NoAnswer(NOT_FINAL, ())


class Answers:
    """Asks candles and writes what decided; holds nothing of its own."""

    def __init__(self, feeds: FeedSource, log: EvidenceLog) -> None:
        self._feeds = feeds
        self._log = log

    async def close_price(self, tracker: Tracker, settle_at_ms: int, now_ms: int) -> CloseAnswer:
        """The median of the last minute, else the candle that ends there, else none by the deadline."""
        tracker.forget_closing(now_ms - 2 * DEADLINE_MS)
        ticks = tracker.closing.get(settle_at_ms) or [
            tick for tick in tracker.held if is_last_minute(tick.tick_ms, settle_at_ms)
        ]
        accepted = [tick for tick in ticks if tick.accepted]
        price = settle_price([(tick.tick_ms, tick.price) for tick in accepted], settle_at_ms)
        if price is not None:
            return await self._final_close(tracker, settle_at_ms, now_ms, price, accepted)
        if tracker.instrument.single_pool:
            return self._no_answer("TOO_FEW_TICKS", ticks)
        if now_ms < settle_at_ms + CANDLE_DELAY_MS:
            return NotYet(settle_at_ms + CANDLE_DELAY_MS)
        return await self._backfill(tracker.instrument, settle_at_ms, now_ms, ticks)

    async def touch_answer(self, tracker: Tracker, room: WatchedRoom, now_ms: int) -> TouchAnswer:
        """A touch if there was one; NO only when no tick and no minute before the settle time can still be one."""
        settle_at_ms = room.settle_at_ms
        if room.room in tracker.touches:
            return tracker.touches[room.room]
        if now_ms < settle_at_ms:
            return NotYet(settle_at_ms)
        latest_ms = tracker.latest_ms
        if (latest_ms is None or latest_ms < settle_at_ms - TICK_MS) and now_ms < settle_at_ms + HIT_GAP_MS:
            return NotYet(settle_at_ms + HIT_GAP_MS)
        tracker.be_silent(settle_at_ms)
        await self.audit(tracker, now_ms)
        for judged in tracker.minutes:
            if counts_for(judged.minute_ms, room) and judged.reaches(room.direction, room.target):
                tracker.watch.settle(room.room)
                tracker.touches[room.room] = audit_touch(room, judged)
                return tracker.touches[room.room]
        waiting = self._waiting(tracker, room, now_ms)
        return self._untouched(tracker, room) if waiting is None else waiting

    async def audit_some(self, trackers: Iterable[Tracker], now_ms: int) -> None:
        """Audit what can be audited now, at the same time, and of many the longest untried: ticks wait for this.

        After an outage a thousand instruments owe the same minutes, and no feed gives so many candles at once.
        """
        asking = []
        for tracker in trackers:
            if tracker.gaps and not tracker.instrument.single_pool:
                _pass_over(tracker, now_ms)
                if any(gap.begun(now_ms) and gap.readable(now_ms) for gap in tracker.gaps):
                    asking.append(tracker)
        asking.sort(key=lambda tracker: min([gap.retry_ms for gap in tracker.gaps]))
        await asyncio.gather(*[self.audit(tracker, now_ms) for tracker in asking[:AUDITS_A_TICK]])

    async def audit(self, tracker: Tracker, now_ms: int) -> None:
        """Judge every minute of every gap whose candles can be read now, and forget the gaps that are settled.

        A minute no watched room ran through is asked for by nobody.
        """
        if tracker.instrument.single_pool:
            return
        for gap in tracker.gaps:
            while gap.begun(now_ms):
                if not tracker.needed(gap.next_minute_ms):
                    gap.judged()
                    continue
                if not gap.readable(now_ms):
                    break
                judged = await self._judge_minute(tracker.instrument, gap, gap.next_minute_ms)
                if judged is None:
                    gap.postpone(now_ms)
                else:
                    tracker.judge_gap(gap, judged)
        tracker.drop_audited()

    async def _judge_minute(self, instrument: Instrument, gap: Gap, minute_ms: int) -> JudgedMinute | None:
        ticks = await self._candle_ticks(instrument.rates, minute_ms)  # first: all others rest on them
        candles = await self._feeds.candles(instrument.name, minute_ms)
        found = {name: rate_of(tick.judged.found, tick.judged.observations) for name, tick in ticks.items()}
        rates = {name: rate for name in instrument.rates if (rate := found.get(name)) is not None}
        judged = judge_minute(candles, rates)
        if judged.at is None:
            return None
        named = {name: (rate, write_down(ticks[name], self._log).hash) for name, rate in rates.items()}
        body = minute_body(instrument.name, minute_ms, candles, named, judged)
        record = self._log.append(body, instrument=instrument.name, tick_ms=minute_ms)
        up, down = judged.at
        chains = {instrument.name, *ticks}  # those of others are not this minute's to keep for a day
        records = tuple([each for each in self._log.pending() if each.instrument in chains])
        return JudgedMinute(minute_ms, gap.from_ms, up, down, record.hash, records)

    async def _candle_ticks(self, names: Iterable[str], minute_ms: int) -> dict[str, HeldTick]:
        """The closes of a minute, judged like a tick at its end, with the rates they rest on."""
        plan = with_rates(names, self._feeds)
        end_ms = minute_ms + MINUTE_MS
        heard = {
            each.name: Heard(closes(await self._feeds.candles(each.name, minute_ms), end_ms)) for each in plan
        }
        return judge_all(plan, heard, end_ms, basis="candles")

    async def _final_close(
        self,
        tracker: Tracker,
        settle_at_ms: int,
        now_ms: int,
        price: int,
        accepted: Sequence[HeldTick],
    ) -> CloseAnswer:
        """A token's settle price waits until the chain bears out for good what the last tick was read from.

        Its ticks are kept meanwhile, however long that takes, and then for other rooms that close at the same time.
        """
        instrument, read, final = tracker.instrument, accepted[-1].inputs.pool, None
        if isinstance(self._feeds, Finality) and read is not None:
            final = await self._feeds.final(instrument.name, at_least_slot=read.slot or 0)
            if final is None or not final.bears_out(read):
                deadline_ms = settle_at_ms + DEADLINE_MS
                if now_ms >= deadline_ms:
                    return _NOT_FINAL
                tracker.closing[settle_at_ms] = list(accepted)
                return NotYet(min(now_ms + AGAIN_MS, deadline_ms))
        return self._closed(instrument, settle_at_ms, price, accepted, final)

    def _closed(
        self,
        instrument: Instrument,
        settle_at_ms: int,
        price: int,
        accepted: Sequence[HeldTick],
        final: FinalPool | None,
    ) -> Closed:
        hashes = self._written(accepted)
        named = [(tick.tick_ms, tick.price, said) for tick, said in zip(accepted, hashes, strict=True)]
        body = close_body(instrument.name, settle_at_ms, price, named, final)
        record = self._log.append(body, instrument=instrument.name, tick_ms=settle_at_ms)
        records = self._log.pending()
        return Closed(price, settle_at_ms, FoundBy.CLOSE, (record.hash, *hashes), records)

    async def _backfill(
        self, instrument: Instrument, settle_at_ms: int, now_ms: int, ticks: Sequence[HeldTick]
    ) -> CloseAnswer:
        close = (await self._candle_ticks([instrument.name], settle_at_ms - MINUTE_MS))[instrument.name]
        if close.accepted:
            hashes = self._written([*ticks, close])
            return Closed(close.price, settle_at_ms, FoundBy.BACKFILL, tuple(hashes), self._log.pending())
        if now_ms < settle_at_ms + DEADLINE_MS:
            return NotYet(min(now_ms + RETRY_MS, settle_at_ms + DEADLINE_MS))
        return self._no_answer(close.judged.found.status.value, [*ticks, close])

    def _waiting(self, tracker: Tracker, room: WatchedRoom, now_ms: int) -> NotYet | NoAnswer | None:
        """What a NO still waits for: a row of hits that may become a touch, or a minute nobody could read yet."""
        deadline_ms = room.settle_at_ms + DEADLINE_MS
        streak, latest_ms = tracker.watch.streak(room.room), tracker.latest_ms or 0
        if streak is not None and may_become_touch(streak, now_ms=latest_ms) and now_ms < deadline_ms:
            return NotYet(now_ms + TICK_MS)
        if tracker.instrument.single_pool:
            return None
        owed = [gap.readable_ms for gap in tracker.gaps if _is_owed(gap, room)]
        if not owed:
            return None
        if now_ms < deadline_ms:
            return NotYet(min(max(now_ms + TICK_MS, min(owed)), deadline_ms))
        return self._no_answer("NO_CANDLES", list(tracker.held)[-1:])

    def _untouched(self, tracker: Tracker, room: WatchedRoom) -> Untouched | NoAnswer:
        if tracker.last is None:
            return self._no_answer("NO_PRICE", ())
        before = [tick for tick in tracker.held if tick.accepted and tick.tick_ms <= room.settle_at_ms]
        hashes = self._written(before[-1:])
        minutes = [judged.evidence for judged in tracker.minutes if counts_for(judged.minute_ms, room)]
        price = before[-1].price if before else tracker.last.price
        found_by = FoundBy.AUDIT if minutes else FoundBy.TICKS
        evidence = (*hashes, *minutes)
        return Untouched(room.settle_at_ms, price, found_by, evidence, self._log.pending())

    def _no_answer(self, reason: str, ticks: Sequence[HeldTick]) -> NoAnswer:
        hashes = self._written(ticks)
        return NoAnswer(reason, tuple(hashes), self._log.pending())

    def _written(self, ticks: Sequence[HeldTick]) -> list[str]:
        return [write_down(tick, self._log).hash for tick in ticks]


def _pass_over(tracker: Tracker, now_ms: int) -> None:
    """Minutes that no watched room ran through are done with; so are the gaps that hold no others."""
    for gap in tracker.gaps:
        while gap.begun(now_ms) and not tracker.needed(gap.next_minute_ms):
            gap.judged()
    tracker.drop_audited()


def _is_owed(gap: Gap, room: WatchedRoom) -> bool:
    """Whether a minute of a gap not judged yet could have touched a room."""
    first_ms = max(gap.next_minute_ms, -(-room.since_ms // MINUTE_MS) * MINUTE_MS)
    end_ms = room.settle_at_ms if gap.to_ms is None else min(room.settle_at_ms, gap.to_ms)
    return first_ms < end_ms and first_ms + MINUTE_MS <= room.settle_at_ms
