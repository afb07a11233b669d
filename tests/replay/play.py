"""One stretch of recorded minutes, played twice at the same time: as it was, and with faults; every tick compared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final, TypeAlias

from tests.replay.proofs import RecordTrial, hits_of, minute_witnesses
from tests.replay.rooms_at_random import LONGEST_MIN, Keeper, RoomMaker
from tests.replay.stage import COIN, FEEDS, Side
from tests.replay.tally import Tally
from tests.replay.weather import CLEAR, Sky, Weather

from rooms_core.domain.ids import RoomId
from rooms_core.domain.listing import Listing
from rooms_core.domain.market import YES, Direction, FoundBy, Mode
from rooms_core.domain.room import Resolution, Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.store import Store
from rooms_core.result import Err
from rooms_core.services.watch_targets import Watched
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore
from rooms_oracle.aggregate import PPM
from rooms_oracle.evidence import EvidenceLog
from rooms_oracle.heard import MINUTE_MS, TICK_MS, USD, FeedSource
from rooms_oracle.held import HeldTick, write_down

CLOSES_MS: Final = 12_000
"""After its end a minute's candles are read."""
VENUES: Final = 3
WRONG_MOST: Final = 20
"""So many faults are told; more are counted."""


Books: TypeAlias = Callable[[ManualClock], AbstractAsyncContextManager[Store]]
"""Opens books that go by a clock."""


@asynccontextmanager
async def in_memory(clock: ManualClock) -> AsyncIterator[Store]:
    """Books that are gone afterwards."""
    yield MemoryStore(clock)


@dataclass(slots=True)
class Run:
    """One of the two runs: the side, its rooms, and all records it stored."""

    side: Side
    keeper: Keeper
    skies: dict[int, Sky] = field(default_factory=dict)
    stored: dict[str, EvidenceRecord] = field(default_factory=dict)
    answered: dict[RoomId, Resolution | None] = field(default_factory=dict)

    async def tick(self, tick_ms: int, sky: Sky) -> Watched:
        """The monitor's step under a sky."""
        if sky is not CLEAR:
            self.skies[tick_ms] = sky
        self.side.at(tick_ms, dict(sky.faults))
        self.side.market.lean_ppm = dict(sky.leans)
        watched = await self.side.watch(tick_ms)
        assert not isinstance(watched, Err), watched
        for record in watched.value.report.records:
            self.stored.setdefault(record.hash, record)
        for touch in watched.value.report.touches:
            for record in touch.records:
                self.stored.setdefault(record.hash, record)
        for each in watched.value.answered:
            room = await self.keeper.stands(each.room)
            self.answered[each.room] = room.resolution if each.status is RoomStatus.SETTLING else None
        return watched.value


@dataclass(slots=True, kw_only=True)
class Play:
    """What is played: which prices, on which listings, with which faults, from when to when."""

    source: FeedSource
    listings: tuple[Listing, ...]
    from_ms: int
    ticks: int
    weather: str = "thousandfold"
    share_ppm: int = 10_000
    seed: int = 1
    rooms_a_minute: int = 2
    longest_min: int = LONGEST_MIN
    closes: bool = True
    books: Books = field(default=in_memory)
    told: Callable[[int, int], None] = lambda done, whole: None
    tally: Tally = field(default_factory=Tally)

    async def run(self) -> Tally:
        """Play it to the end, then judge the rooms and the records."""
        async with AsyncExitStack() as stack:
            runs = [await self._run(stack), await self._run(stack)]
            await self._play(*runs)
        return self.tally

    async def _play(self, plain: Run, faulted: Run) -> None:
        chance = Random(f"{self.seed}/{self.from_ms}/{self.weather}")
        weather = Weather(self.weather, chance, FEEDS, self.share_ppm)
        maker = RoomMaker(Random(f"{self.seed}/{self.from_ms}/rooms"), self.longest_min)
        named = EvidenceLog()
        last_ms = self.from_ms + (self.ticks - 1) * TICK_MS
        for done, tick_ms in enumerate(range(self.from_ms, last_ms + 1, TICK_MS)):
            if tick_ms % MINUTE_MS == 0:
                await self._minute(tick_ms, last_ms, maker, (plain, faulted))
                self.told(done, self.ticks)
            sky = weather.next()
            told = [await plain.tick(tick_ms, CLEAR), await faulted.tick(tick_ms, sky)]
            self._compare(plain.side.held(), faulted.side.held(), sky, told, named)
            if self.closes and tick_ms % MINUTE_MS == CLOSES_MS and tick_ms - MINUTE_MS >= self.from_ms:
                await self._closes(tick_ms, plain.side, faulted.side, chance)
        if self.closes:
            for run in (plain, faulted):
                run.side.at(last_ms + TICK_MS + CLOSES_MS)
            await self._closes(last_ms + TICK_MS + CLOSES_MS, plain.side, faulted.side, chance)
        await self._judge_rooms(plain, faulted)
        self._judge_records(plain, faulted, named)
        for run in (plain, faulted):
            self.tally.calls.update(run.side.server.calls)
        self.told(self.ticks, self.ticks)

    async def _run(self, stack: AsyncExitStack) -> Run:
        clock = ManualClock(self.from_ms)
        store = await stack.enter_async_context(self.books(clock))
        side = Side(self.source, self.listings, clock, store=store, seed=self.seed)
        side.open()
        stack.push_async_callback(side.close)
        return Run(side, Keeper(side.store))

    async def _minute(self, now_ms: int, last_ms: int, maker: RoomMaker, runs: tuple[Run, Run]) -> None:
        """New rooms around the plain run's last price, the same for both; those whose time has come are locked."""
        tracker = runs[0].side.oracle._trackers[COIN]
        new: list[Room] = []
        if tracker.last is not None and now_ms + (self.longest_min + 2) * MINUTE_MS <= last_ms:
            new = maker.draw(tracker.last.price, now_ms, self.rooms_a_minute)
        self.tally.rooms += len(new)
        for run in runs:
            run.side.clock.set(max(now_ms, run.side.clock.now_ms()))
            await run.keeper.lock(now_ms)
            await run.keeper.open(new)
            run.side.watch.look_again()

    def _compare(
        self, plain: HeldTick, faulted: HeldTick, sky: Sky, told: list[Watched], named: EvidenceLog
    ) -> None:
        """One tick of both runs."""
        tally = self.tally
        tally.ticks += 1
        tally.full += len(plain.inputs.quotes) >= VENUES
        tally.accepted += plain.accepted
        tally.accepted_with_faults += faulted.accepted
        for held, seen, refusals in (
            (plain, told[0], tally.refusals),
            (faulted, told[1], tally.refusals_with_faults),
        ):
            if not held.accepted:
                refusals[held.judged.found.status.value] += 1
                if dict(seen.report.refused).get(COIN) != held.judged.found.status.value:
                    self._wrong(f"{held.tick_ms}: refused, and not told so")
                if not (unaccounted := _everybody(held)):
                    continue
                self._wrong(f"{held.tick_ms}: nothing is said of {unaccounted}")
        tally.reasons.update([why.value for why in faulted.judged.found.rejected.values()])
        tally.reasons.update(faulted.inputs.silent.values())
        if sky.feeds:
            self._name(plain, faulted, sky)
        if sky.feeds or not faulted.accepted:
            write_down(_afresh(faulted, {}), named)
        if plain.accepted and faulted.accepted:
            away, tolerance = abs(plain.price - faulted.price), plain.judged.found.tolerance
            tally.moved += away > 0
            tally.moved_most_ppm = max(tally.moved_most_ppm, away * PPM // plain.price)
            tally.moved_most_of_tolerance = max(tally.moved_most_of_tolerance, away / tolerance)
            if away > tolerance:
                self._wrong(f"{plain.tick_ms}: moved by {away} with a tolerance of {tolerance}")

    def _name(self, plain: HeldTick, faulted: HeldTick, sky: Sky) -> None:
        """A feed with a fault is named in the record, says what it would have said, or is within the tolerance."""
        self.tally.faulted += 1
        for feed in sky.feeds:
            if _names(faulted, feed):
                self.tally.named += 1
            elif _said(faulted, feed) == _said(plain, feed):
                self.tally.harmless += 1
            else:
                self.tally.within += 1
                if self.weather == "thousandfold":
                    self._wrong(f"{faulted.tick_ms}: {feed} lied by a thousand and was not named")

    async def _closes(self, tick_ms: int, plain: Side, faulted: Side, chance: Random) -> None:
        """The closes of the last minute, put through the rule: what the sheet's calibration counts."""
        minute_ms = tick_ms - CLOSES_MS - MINUTE_MS
        lies = self.weather == "thousandfold" and chance.randrange(PPM) < self.share_ppm
        sky = Weather("thousandfold", chance, FEEDS, PPM).next() if lies else CLEAR
        found = []
        for side, over in ((plain, CLEAR), (faulted, sky)):
            side.server.faults = dict(over.faults)
            found.append((await side.oracle._answers._candle_ticks([COIN], minute_ms))[COIN])
        tally = self.tally
        tally.minutes += 1
        if len(found[0].inputs.quotes) >= VENUES:
            tally.minutes_full += 1
            tally.minutes_accepted += found[0].accepted
            tally.minutes_accepted_with_faults += found[1].accepted
        if found[0].accepted and found[1].accepted and found[0].price != found[1].price:
            self._wrong(f"{minute_ms}: the closes make another price with faults")

    async def _judge_rooms(self, plain: Run, faulted: Run) -> None:
        """Each touch has its witnesses; both runs' answers are compared."""
        for run, touches in (
            (plain, self.tally.touches),
            (faulted, self.tally.touches_with_faults),
        ):
            for room_id, room in run.keeper.rooms.items():
                if room_id not in run.answered:
                    self._wrong(f"room {room_id} has no answer")
                    continue
                answer = run.answered[room_id]
                touched = answer is not None and room.market.mode is Mode.TOUCH and YES in answer.winning
                word = "void" if answer is None else answer.found_by.value
                touches[f"{room.market.mode.value} {'YES' if touched else ''} {word}".replace("  ", " ")] += 1
                if touched and answer is not None:
                    await self._prove(run, room, answer)
        for room_id, room in plain.keeper.rooms.items():
            if room_id in plain.answered and room_id in faulted.answered:
                self.tally.compared[
                    _difference(room, plain.answered[room_id], faulted.answered[room_id])
                ] += 1

    async def _prove(self, run: Run, room: Room, answer: Resolution) -> None:
        """Two families by the records' own figures, and by the recorded market without whoever had a fault."""
        bodies = await run.keeper.evidence(answer.evidence)
        if answer.found_by is FoundBy.AUDIT:
            seen = [(answer.at_ms, minute_witnesses(body, room)) for body in bodies]
            honest = await self._honest_minute(room, answer.at_ms - MINUTE_MS)
        else:
            seen = hits_of(bodies, room, answer)
            honest = min([await self._honest(run, room, tick_ms) for tick_ms, _ in seen], default=0)
        hits = 1 if answer.found_by is FoundBy.AUDIT else 2
        if len(seen) < hits or min(count for _, count in seen) < 2:
            self._wrong(f"room {room.id}: touched, and the records show {seen}")
        self.tally.witnesses[f"{honest} honest venues"] += 1
        if honest < 1:
            self._wrong(f"room {room.id}: touched at {answer.at_ms} by nobody honest")

    async def _honest(self, run: Run, room: Room, tick_ms: int) -> int:
        """How many recorded venues were past a target on a tick, in dollars, less those that had a fault."""
        lying = run.skies.get(tick_ms, CLEAR).feeds
        heard = await self.source.collect([COIN], tick_ms)
        past = [
            quote.family
            for quote in heard[COIN].quotes
            if quote.quote == USD and not quote.family.startswith(tuple(lying))
            if _past(room, quote.price, quote.price)
        ]
        return len(set(past))

    async def _honest_minute(self, room: Room, minute_ms: int) -> int:
        candles = await self.source.candles(COIN, minute_ms)
        return len(
            {each.family for each in candles if each.quote == USD and _past(room, each.high, each.low)}
        )

    def _judge_records(self, plain: Run, faulted: Run, named: EvidenceLog) -> None:
        """Every record holds, in the order it was made; none of them does with a digit changed."""
        tally = self.tally
        groups: list[Iterable[EvidenceRecord]] = [
            plain.stored.values(),
            faulted.stored.values(),
            named.drain(),
        ]
        for number, records in enumerate(groups):
            trial = RecordTrial(Random(f"{self.seed}/{self.from_ms}/{number}"))
            for record in records:
                trial.take(record.body)
            tally.records += trial.taken
            tally.digits_changed += trial.taken
            tally.digits_unnoticed += len(trial.unnoticed)
            tally.resealed_refused += trial.resealed_refused
            tally.resealed_linked += trial.resealed_linked
            for why in [*trial.refused, *trial.unnoticed]:
                self._wrong(f"a record: {why}")

    def _wrong(self, what: str) -> None:
        if len(self.tally.wrong) < WRONG_MOST:
            self.tally.wrong.append(what)


def _names(held: HeldTick, feed: str) -> bool:
    """Whether a tick's record names a feed, or its family, with a reason."""
    sources = [*held.judged.found.rejected, *held.inputs.silent]
    return any(source == f"family:{feed}" or source.startswith(f"{feed}:") for source in sources)


def _said(held: HeldTick, feed: str) -> list[tuple[str, int]]:
    return [(seen.source, seen.price) for seen in held.inputs.quotes if seen.source.startswith(f"{feed}:")]


def _everybody(held: HeldTick) -> set[str]:
    """The sources of which a tick says nothing: neither a price nor a reason."""
    told = {seen.source for seen in held.inputs.quotes} | set(held.inputs.silent)
    return set(held.inputs.instrument.sources) - told


def _afresh(held: HeldTick, done: dict[int, HeldTick]) -> HeldTick:
    """The same tick without its record, to be written into another log; a rate that several use is one."""
    if id(held) not in done:
        rates = {name: _afresh(rate, done) for name, rate in held.rates.items()}
        done[id(held)] = replace(held, record=None, rates=rates)
    return done[id(held)]


def _past(room: Room, high: int, low: int) -> bool:
    up, target = room.market.direction is Direction.UP, room.market.target
    return high >= target if up else low <= target


def _difference(room: Room, plain: Resolution | None, faulted: Resolution | None) -> str:
    """How the answer with faults differs, in a few words."""
    if plain is None or faulted is None:
        return "the same" if plain is faulted else "void on one side"
    if plain.winning != faulted.winning:
        return f"another answer ({room.market.mode.value})"
    if room.market.mode is Mode.TOUCH and YES in plain.winning:
        away = faulted.at_ms - plain.at_ms
        return "the same" if away == 0 else "touched later" if away > 0 else "touched earlier"
    return "the same" if plain.price == faulted.price else "another price, the same answer"
