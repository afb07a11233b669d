"""Watch targets: turn what the oracle sees into answers. The monitor's one step, on every tick of the 3 s grid.

The oracle is asked outside of any unit of work. Its rows and evidence are written before anything is decided on
them; a touch commits the move to SETTLING together with its evidence; settling is a later unit of work.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from rooms_core.domain.ids import RoomId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import NO, YES, MarketState, Mode, Outcome, resolve
from rooms_core.domain.room import Resolution, Room, held
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.ports.books import Books
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.oracle import (
    CloseAnswer,
    Closed,
    NoAnswer,
    NotYet,
    OracleFailed,
    PriceOracle,
    TickReport,
    Touch,
    TouchAnswer,
    Untouched,
    WatchedRoom,
)
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services import closing
from rooms_core.services.closing import Stuck
from rooms_core.services.live_rooms import LiveRooms

ANSWERS_A_TICK: Final = 300
"""So many rooms are answered on a tick, touched ones first: a second or so. Thousands that end together would cost the
next ticks, which is a silence for all, and the lease."""
_MINUTE_MS = 60_000
_LIVE = (RoomStatus.QUEUING, RoomStatus.OPEN, RoomStatus.LOCKED)


@dataclass(frozen=True, slots=True)
class Answered:
    """A room has its answer (SETTLING), or none could be had (VOIDED)."""

    room: RoomId
    status: RoomStatus


@dataclass(frozen=True, slots=True)
class Watched:
    """What one tick brought: the oracle's report, the rooms that moved, and those that could not."""

    report: TickReport
    answered: tuple[Answered, ...]
    stuck: tuple[Stuck, ...] = ()


@dataclass(slots=True, kw_only=True)
class WatchTargets:
    """Keep the oracle watching what the database says, and write down what it finds (decisions R2–R5).

    One monitor runs this at a time; a second one does no harm, as every move is a compare-and-set. Records are written
    by one at a time as well: each term of the role has a `WatchTargets` and an oracle of its own (decision C17).

    The list of live rooms is read on every `read_every`-th tick, and on the next one after `look_again`, which the
    monitor calls when it has itself created or advanced rooms.
    """

    store: Store
    oracle: PriceOracle
    read_every: int = 1
    _live_rooms: LiveRooms = field(default_factory=LiveRooms, init=False)
    _read_in: int = field(default=0, init=False)
    _polled: dict[RoomId, str] = field(default_factory=dict, init=False)
    _ask_again_ms: dict[RoomId, int] = field(default_factory=dict, init=False)
    _chained: set[str] = field(default_factory=set, init=False)
    _unwritten: tuple[EvidenceRecord, ...] = field(default=(), init=False)
    _written: set[str] = field(default_factory=set, init=False)

    async def __call__(self, at_ms: int) -> Result[Watched, OracleFailed | StoreFailed]:
        """Evaluate grid tick `at_ms` (ms) and act on it. Failures leave everything for the next tick."""
        read = await self._look()
        if isinstance(read, Err):
            return read
        ticked = await self.oracle.tick(at_ms)
        if isinstance(ticked, Err):
            return ticked
        report = ticked.value
        written = await self._write(report)
        if isinstance(written, Err):
            return written
        answered: list[Answered] = []
        stuck: list[Stuck] = []
        touched = {touch.room: touch for touch in report.touches}
        concerned = self._live_rooms.concerned(touched, at_ms)
        for room in sorted(concerned, key=lambda room: room.id not in touched):
            if len(answered) >= ANSWERS_A_TICK:
                break  # those that are left come first on the next tick: they are touched, or due, as before
            try:
                moved = await self._answer(room, touched.get(room.id), at_ms)
            except InvariantBroken as broken:
                stuck.append(Stuck(room.id, str(broken)))
                continue
            if isinstance(moved, Err):
                stuck.append(Stuck(room.id, moved.why.message))
            elif moved.value is not None:
                answered.append(moved.value)
                self._drop(room.id)
        return Ok(Watched(report, tuple(answered), tuple(stuck)))

    @property
    def looked_after(self) -> int:
        """How many rooms were live when they were read last, less those that have moved since."""
        return len(self._live_rooms)

    def look_again(self) -> None:
        """Read the list of live rooms before the next tick."""
        self._read_in = 0

    async def _look(self) -> Result[None, StoreFailed]:
        """Read the live rooms, if it is time, and follow them."""
        if self._read_in > 0:
            self._read_in -= 1
            return Ok(None)

        async def work(books: Books) -> Result[list[Room], StoreFailed]:
            return Ok(await books.rooms.find(_LIVE))

        live = await self.store.run(work)
        if isinstance(live, Err):
            return live
        followed = await self._follow(live.value)
        if isinstance(followed, Err):
            return followed
        self._live_rooms.read(live.value)
        self._read_in = self.read_every - 1
        return Ok(None)

    async def _follow(self, live: list[Room]) -> Result[None, StoreFailed]:
        """Poll what has live rooms, watch what is OPEN or LOCKED, and forget the rest. The database is the truth."""
        alive = {room.id for room in live}
        for gone in [room_id for room_id in self._polled if room_id not in alive]:
            self._drop(gone)
        resumed = await self._resume({room.market.instrument for room in live})
        if isinstance(resumed, Err):
            return resumed  # not polled yet: a silence that is not counted would never be audited
        for room in live:
            instrument = room.market.instrument
            if room.id not in self._polled:
                self._polled[room.id] = instrument
                self.oracle.poll(instrument)
            if room.market.mode is Mode.TOUCH and room.opened_at_ms is not None:
                self.oracle.watch(watched(room, room.opened_at_ms))
        return Ok(None)

    async def _resume(self, live: set[str]) -> Result[None, StoreFailed]:
        """Before an instrument is polled: silence counts from its stored row's last tick, and its chain goes on.

        Chains are looked at each time: an instrument may have been given other rates since (decision C17).
        """
        instruments = sorted(live - set(self._polled.values()))
        chains = sorted({chain for name in live for chain in self.oracle.chains(name)} - self._chained)
        if not instruments and not chains:
            return Ok(None)

        async def work(
            books: Books,
        ) -> Result[tuple[dict[str, MarketState], list[EvidenceRecord | None]], StoreFailed]:
            states = await books.markets.lock(instruments)
            return Ok((states, [await books.evidence.last(chain) for chain in chains]))

        stored = await self.store.run(work)
        if isinstance(stored, Err):
            return stored
        states, records = stored.value
        for chain, record in zip(chains, records, strict=True):
            self.oracle.resume_chain(chain, None if record is None else record.hash)
        self._chained.update(chains)
        for state in states.values():
            self.oracle.resume(state)
        return Ok(None)

    def _drop(self, room_id: RoomId) -> None:
        self._live_rooms.drop(room_id)
        self.oracle.forget(room_id)
        self.oracle.rest(self._polled.pop(room_id))
        self._ask_again_ms.pop(room_id, None)

    async def _write(self, report: TickReport) -> Result[None, StoreFailed]:
        """Rows on every tick where a bet would read them, else once a minute, for a restart to go on from.

        The oracle hands each record out once: those the store did not take wait, or the chain would have a hole.
        """
        records = (*self._unwritten, *report.records)
        whole_minute, read_by_bets = report.at_ms % _MINUTE_MS == 0, self._live_rooms.read_by_bets
        states = [state for state in report.states if whole_minute or read_by_bets(state.instrument)]

        async def work(books: Books) -> Result[None, StoreFailed]:
            await books.markets.save(states)
            await books.evidence.add(records)
            return Ok(None)

        if not states and not records:
            self._written = set()
            return Ok(None)
        written = await self.store.run(work)
        self._unwritten = records if isinstance(written, Err) else ()
        self._written = set() if isinstance(written, Err) else {record.hash for record in records}
        return written

    def _with_answer(
        self, records: tuple[EvidenceRecord, ...], named: tuple[str, ...]
    ) -> list[EvidenceRecord]:
        """What an answer is committed with: the records it names, and all before them that this tick has not written.

        The oracle tells all that it has made since the tick: of a thousand rooms that end together, the last one would
        write those of all others again.
        """
        own = set(named)
        return [record for record in records if record.hash not in self._written or record.hash in own]

    async def _answer(
        self, room: Room, touch: Touch | None, now_ms: int
    ) -> Result[Answered | None, OracleFailed | StoreFailed]:
        """What a room's answer is, if it can be known now."""
        if touch is not None and room.market.mode is Mode.TOUCH:
            return await self._resolve(room, by_touch(room, touch), touch.records)
        if room.status is not RoomStatus.LOCKED or now_ms < room.settle_at_ms:
            return Ok(None)
        if now_ms < self._ask_again_ms.get(room.id, 0):
            return Ok(None)
        asked: Result[CloseAnswer | TouchAnswer, OracleFailed]
        if room.market.mode is Mode.AT_CLOSE or room.opened_at_ms is None:
            asked = await self.oracle.close_price(
                room.market.instrument, settle_at_ms=room.settle_at_ms, now_ms=now_ms
            )
        else:
            asked = await self.oracle.touch_answer(watched(room, room.opened_at_ms), now_ms=now_ms)
        if isinstance(asked, Err):
            return asked
        match asked.value:
            case NotYet(retry_ms=retry_ms):
                self._ask_again_ms[room.id] = retry_ms
                return Ok(None)
            case NoAnswer() as none:
                return await self._void(room, none)
            case Touch() as found:
                return await self._resolve(room, by_touch(room, found), found.records)
            case Untouched() as quiet:
                return await self._resolve(room, by_silence(quiet), quiet.records)
            case Closed() as closed:
                return await self._resolve(room, by_close(room, closed), closed.records)

    async def _resolve(
        self, room: Room, resolution: Resolution, records: tuple[EvidenceRecord, ...]
    ) -> Result[Answered | None, StoreFailed]:
        """OPEN → LOCKED → SETTLING, or LOCKED → SETTLING, with the answer and its evidence, in one unit of work.

        A thin token's pool that has moved since the room was made is followed by evidence, else the room is void (R6).
        """
        moved = None if room.thin is None else room.thin.moved(self.oracle.depth(room.market.instrument))
        if moved == "":
            none = NoAnswer(VoidReason.POOL_MOVED.value, resolution.evidence, records)
            return await self._void(room, none, VoidReason.POOL_MOVED)
        if moved is not None and moved not in resolution.evidence:
            resolution = replace(resolution, evidence=(*resolution.evidence, moved))

        added = self._with_answer(records, resolution.evidence)

        async def work(books: Books) -> Result[Answered | None, StoreFailed]:
            stands = (await books.rooms.lock([room.id]))[room.id]
            if stands.status not in (RoomStatus.OPEN, RoomStatus.LOCKED):
                return Ok(None)
            locked = stands.moved(RoomStatus.LOCKED) if stands.status is RoomStatus.OPEN else stands
            settling = replace(locked.moved(RoomStatus.SETTLING), resolution=resolution)
            await books.evidence.add(added)
            await books.rooms.save(settling, was=stands.status)
            return Ok(Answered(room.id, settling.status))

        return self._answered_with(added, await self.store.run(work))

    async def _void(
        self, room: Room, none: NoAnswer, reason: VoidReason = VoidReason.NO_PRICE
    ) -> Result[Answered | None, StoreFailed]:
        """No acceptable price by the deadline: all stakes go back (M5); a held room waits."""
        added = self._with_answer(none.records, none.evidence)

        async def work(books: Books) -> Result[Answered | None, StoreFailed]:
            stands = (await books.rooms.lock([room.id]))[room.id]
            if stands.status is not RoomStatus.LOCKED or held(stands, await books.now_ms()):
                return Ok(None)
            await books.evidence.add(added)
            ended = await closing.void(books, stands, reason, evidence=none.evidence)
            return Ok(None) if isinstance(ended, Err) else Ok(Answered(room.id, RoomStatus.VOIDED))

        return self._answered_with(added, await self.store.run(work))

    def _answered_with(
        self, added: list[EvidenceRecord], answer: Result[Answered | None, StoreFailed]
    ) -> Result[Answered | None, StoreFailed]:
        """Records are written once a unit of work that added them has surely been committed."""
        if isinstance(answer, Ok) and answer.value is not None:
            self._written.update([record.hash for record in added])
        return answer


def watched(room: Room, since_ms: int) -> WatchedRoom:
    """What the oracle has to know of a TOUCH room."""
    return WatchedRoom(
        room=room.id,
        instrument=room.market.instrument,
        direction=room.market.direction,
        target=room.market.target,
        since_ms=since_ms,
        settle_at_ms=room.settle_at_ms,
        pool_priced=room.market.pool_priced,
        created_liquidity_cents=None if room.thin is None else room.thin.created.liquidity_cents,
    )


def by_touch(room: Room, touch: Touch) -> Resolution:
    """The target was touched: YES, and what was staked shortly before goes back (decision R4)."""
    return Resolution(
        winning=(YES,),
        price=touch.price,
        at_ms=touch.at_ms,
        found_by=touch.found_by,
        evidence=touch.evidence,
        late_after_ms=room.late_after_ms(touch.last_clear_ms, touch.found_by),
    )


def by_silence(quiet: Untouched) -> Resolution:
    """No tick touched the target before the settle time: NO."""
    return _plain((NO,), quiet.price, quiet.at_ms, quiet)


def by_close(room: Room, closed: Closed) -> Resolution:
    """The settle price is compared with the target; equality counts as reached."""
    return _plain((resolve(room.market, closed.price),), closed.price, closed.at_ms, closed)


def _plain(winning: tuple[Outcome, ...], price: int, at_ms: int, found: Untouched | Closed) -> Resolution:
    return Resolution(
        winning=winning, price=price, at_ms=at_ms, found_by=found.found_by, evidence=found.evidence
    )
