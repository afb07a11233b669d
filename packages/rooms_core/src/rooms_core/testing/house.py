"""A whole house in memory: every verb of a room over one store, a clock to be moved and an oracle to be scripted.

Tests tell a room's story with it; whoever writes a front end can try it before there is a database.
"""

from __future__ import annotations

from itertools import count
from typing import TypeVar

from rooms_core.domain.bet import Bet, BetRefused
from rooms_core.domain.events import Event
from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import Account
from rooms_core.domain.market import MarketState, Mode, Reading, Subject
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.room_request import RoomRequest
from rooms_core.domain.rules import HouseRules
from rooms_core.ports.books import Books
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.oracle import TickReport, Touch
from rooms_core.result import Err, Ok, Result
from rooms_core.services.advance_rooms import AdvanceRooms, Advances
from rooms_core.services.announce import Announce
from rooms_core.services.bet_desk import BetDesk
from rooms_core.services.create_room import CreateRoom
from rooms_core.services.hold_room import HoldRoom, LiftHold
from rooms_core.services.join_by_referral import JoinByReferral
from rooms_core.services.place_bets import PlaceBets
from rooms_core.services.read_receipt import ReadReceipt
from rooms_core.services.settle_room import SettleRoom
from rooms_core.services.void_room import VoidRoom
from rooms_core.services.watch_targets import Watched, WatchTargets
from rooms_core.testing.bookkeeper import Bookkeeper, StoreSilent
from rooms_core.testing.builders import MINUTE_MS, SOL, USD, a_market_state, a_reading, an_order
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.ids import CountingIds
from rooms_core.testing.memory_store import MemoryStore
from rooms_core.testing.notifier import RecordingNotifier
from rooms_core.testing.oracle import ScriptedOracle
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks

T = TypeVar("T")


class House:
    """The use cases as fields, and the steps of a story as methods. `books` drives the store by hand.

    `rules` are those of new rooms; `block` the number of rows in which the store answers.
    """

    def __init__(self, rules: HouseRules | None = None, *, block: int = 500, kappa: int = 10) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(self.clock, block=block)
        self.books = Bookkeeper(self.store, self.clock)
        self.oracle = ScriptedOracle()
        self.notifier = RecordingNotifier()
        self.tasks = AwaitedTasks()
        self.ids = CountingIds(1_000)
        self.rng = SeededRng()
        self.create = CreateRoom(
            store=self.store,
            oracle=self.oracle,
            clock=self.clock,
            ids=self.ids,
            rng=self.rng,
            rules=rules or HouseRules(),
            kappa=kappa,
        )
        self.place = PlaceBets(store=self.store, ids=self.ids)
        self.desk = BetDesk(place=self.place, tasks=self.tasks)
        self.advance = AdvanceRooms(store=self.store)
        self.watch = WatchTargets(store=self.store, oracle=self.oracle)
        self.settle = SettleRoom(store=self.store)
        self.void = VoidRoom(store=self.store)
        self.hold = HoldRoom(store=self.store)
        self.lift = LiftHold(store=self.store)
        self.join = JoinByReferral(store=self.store, rng=self.rng)
        self.receipt = ReadReceipt(queries=self.store.queries)
        self.announce = Announce(store=self.store, notifier=self.notifier, clock=self.clock)
        self._keys = count(1)

    @property
    def now_ms(self) -> int:
        """The time by which the house judges."""
        return self.clock.now_ms()

    async def room(self, request: RoomRequest | None = None, *, price: int = 190 * USD) -> Room:
        """Create a room while the price is `price`. Raises StoreSilent when it is refused."""
        asked = request or a_request(now_ms=self.now_ms)
        instrument = asked.subject.instrument
        self.oracle.readings[instrument] = a_reading(price, instrument=instrument, tick_ms=self.now_ms)
        return _done(await self.create(asked))

    async def bet(
        self,
        bettor: int,
        outcome: str,
        stake: Lamports,
        room: Room,
        *,
        key: str | None = None,
        return_min: Lamports | None = None,
    ) -> Result[Bet, BetRefused]:
        """Place one bet now; its key is new unless one is given."""
        order = an_order(
            bettor,
            outcome,
            stake,
            room=room.id,
            key=f"key {next(self._keys)}" if key is None else key,
            return_min=return_min,
        )
        return _done(await self.place([order]))[0]

    async def stands(self, room: Room) -> Room:
        """The room as it stands now."""
        return await self.books.room(room)

    async def sees(
        self,
        reading: Reading,
        *touches: Touch,
        state: MarketState | None = None,
        records: tuple[EvidenceRecord, ...] = (),
    ) -> Watched:
        """Let the monitor evaluate the tick of this reading; the clock goes to it. Raises StoreSilent on failure."""
        self.clock.set(reading.tick_ms)
        states = (state or a_market_state(reading),)
        self.oracle.ticks.append(TickReport(reading.tick_ms, states, touches, (), records))
        return _done(await self.watch(reading.tick_ms))

    async def quiet(self, at_ms: int) -> Watched:
        """Let the monitor evaluate a tick that brings nothing; the clock goes to it."""
        self.clock.set(at_ms)
        return _done(await self.watch(at_ms))

    async def moves(self, at_ms: int | None = None) -> Advances:
        """Open, lock and void what is due; the clock goes to `at_ms` first, if given."""
        if at_ms is not None:
            self.clock.set(at_ms)
        return _done(await self.advance(self.now_ms))

    async def balance(self, account: Account) -> int:
        """One balance in lamports."""
        return await self.books.balance(account)

    async def told(self) -> list[Event]:
        """Deliver all that waits in the outbox, and answer what was told by this call."""
        before = len(self.notifier.events)
        while _done(await self.announce()).delivered:
            pass  # the next block
        return self.notifier.events[before:]

    async def evidence(self, *hashes: str) -> list[EvidenceRecord]:
        """The stored records with these hashes."""

        async def work(books: Books) -> list[EvidenceRecord]:
            return await books.evidence.get(hashes)

        return await self.books.do(work)

    def restarted(self) -> None:
        """The process died and starts again: the books are there, what was in memory is not."""
        self.oracle = ScriptedOracle()
        self.watch = WatchTargets(store=self.store, oracle=self.oracle)
        self.tasks = AwaitedTasks()
        self.desk = BetDesk(place=self.place, tasks=self.tasks)


def a_request(
    *,
    now_ms: int,
    host: int | None = None,
    title: str = "SOL at 200 USD",
    subject: Subject = SOL,
    target: int = 200 * USD,
    minutes: int = 60,
    mode: Mode | None = None,
    lock_share: int | None = None,
) -> RoomRequest:
    """A request for a room that settles in an hour, on SOL touching 200 USD unless told otherwise."""
    return RoomRequest(
        host=None if host is None else UserId(host),
        title=title,
        subject=subject,
        target=target,
        settle_at_ms=now_ms + minutes * MINUTE_MS,
        mode=mode,
        lock_share=lock_share,
    )


def a_record(instrument: str, tick_ms: int, *, prev: str | None = None) -> EvidenceRecord:
    """A record of evidence that says nothing but its time."""
    return EvidenceRecord(instrument, tick_ms, f"sha256:{tick_ms:064x}", prev, "{}")


def _done(answer: Result[T, object]) -> T:
    """The value of an answer that a story cannot go on without."""
    match answer:
        case Ok(value):
            return value
        case Err(why):
            raise StoreSilent(str(why))
