"""The stage: plays a story on a virtual clock through the real services, event after event, tick after tick.

The clock jumps from one event to the next; while a room is alive it also stops at every tick of the oracle's grid,
1.5 s after it, as a monitor would.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Final

from rooms_cli.demo.place import unfinished
from rooms_cli.demo.plan import MINUTE_MS, Act, RoomPlan, Story
from rooms_cli.wiring import House
from rooms_core.domain.bet import Bet, BetOrder
from rooms_core.domain.ids import RoomId
from rooms_core.domain.referral import User
from rooms_core.domain.room_request import RoomRequest
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.domain.two_persons import Consent
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.proofs.canonical import canonical_bytes, canonical_hash
from rooms_core.result import Err, Ok
from rooms_core.testing.clock import ManualClock
from rooms_oracle.heard import TICK_CLOSES_MS, TICK_MS
from rooms_oracle.script import Outage, ScriptedFeeds

ADVANCE_MS: Final = 15_000
"""How often rooms are opened and locked; the oracle's ticks come every 3 s."""

SILENT_MAX: Final = 20
"""Ticks in a row at which the store does not answer before the day is given up: its rooms would never end."""

Doing = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Played:
    """What happened on the stage, for the report and the checks."""

    rooms: dict[RoomId, RoomPlan] = field(default_factory=dict)
    bets: list[Bet] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    second_settlers: int = 0
    ticks: int = 0
    accepted_ticks: int = 0
    stuck: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Stage:
    """Plays one story in one house."""

    def __init__(
        self,
        *,
        house: House,
        other: House,
        clock: ManualClock,
        feeds: ScriptedFeeds,
        cast: list[User],
        settle: Callable[[RoomId, Stage], Awaitable[None]],
    ) -> None:
        """`other` is a second process over the same store; `settle` is told each room that has an answer."""
        self.house = house
        self.other = other
        self.clock = clock
        self.cast = cast
        self.played = Played()
        self._feeds = feeds
        self._settle = settle
        self._agenda: list[tuple[int, int, Doing, bool]] = []
        self._order = count()
        self._alive: set[RoomId] = set()
        self._tick_ms = 0
        self._silent = 0

    def at(self, at_ms: int, doing: Doing, *, together: bool = False) -> None:
        """Put something on the agenda; what is `together` is done at once with whatever else is at that instant."""
        heappush(self._agenda, (at_ms, next(self._order), doing, together))

    def perform(self, story: Story) -> None:
        """Put a story's rooms on the agenda."""
        for plan in story.rooms:
            self.at(plan.created_ms, partial(self._create, plan))
            if plan.silence is not None:
                first, last = plan.silence
                self._feeds.outages.append(
                    Outage(from_ms=first, to_ms=last, instrument=plan.subject.instrument)
                )

    async def play(self, progress: Callable[[int], None]) -> None:
        """Play until the agenda is empty and every room has ended; `progress` is told the virtual time."""
        while self._agenda or self._alive:
            tick_ms = self._next_tick()
            if self._agenda and (tick_ms is None or self._agenda[0][0] <= tick_ms + TICK_CLOSES_MS):
                await self._next_events()
            elif tick_ms is not None:
                await self._tick(tick_ms)
            progress(self.clock.now_ms())

    def _next_tick(self) -> int | None:
        """The newest grid tick that has not been judged, or the next one; None while no room is alive."""
        if not self._alive:
            return None
        reached = (self.clock.now_ms() - TICK_CLOSES_MS) // TICK_MS * TICK_MS
        return max(self._tick_ms + TICK_MS, reached)

    async def _next_events(self) -> None:
        """Everything due at the next instant: one after another, so that ids come in the same order on every store.

        Then its bets, together: those of one second meet at the desk.
        """
        at_ms = self._agenda[0][0]
        self._move_to(at_ms)
        bets: list[Doing] = []
        while self._agenda and self._agenda[0][0] == at_ms:
            _, _, doing, together = heappop(self._agenda)
            if together:
                bets.append(doing)
            else:
                await doing()
        await asyncio.gather(*(bet() for bet in bets))

    async def _tick(self, tick_ms: int) -> None:
        self._tick_ms = tick_ms
        self._move_to(tick_ms + TICK_CLOSES_MS)
        watched = await self.house.watch(tick_ms)
        if isinstance(watched, Err):
            self.played.stuck.append(watched.why.message)
            self._silent += 1
            if self._silent == SILENT_MAX:
                raise unfinished(watched.why.message)
            return
        self._silent = 0
        self.played.ticks += 1
        self.played.accepted_ticks += bool(watched.value.report.states)
        self.played.stuck += [stuck.why for stuck in watched.value.stuck]
        for answered in watched.value.answered:
            self._alive.discard(answered.room)
            if answered.status is RoomStatus.SETTLING:
                await self._settle(answered.room, self)
        if tick_ms % ADVANCE_MS == 0:
            await self._advance()

    async def _advance(self) -> None:
        advanced = await self.house.advance(self.clock.now_ms())
        if isinstance(advanced, Err):
            self.played.stuck.append(advanced.why.message)
            return
        self.played.stuck += [stuck.why for stuck in advanced.value.stuck]
        if advanced.value.moved:
            self.house.watch.look_again()
        for moved in advanced.value.moved:
            if moved.status is RoomStatus.VOIDED:
                self._alive.discard(moved.room)

    async def _create(self, plan: RoomPlan) -> None:
        request = RoomRequest(
            host=self.cast[plan.host].id,
            title=plan.title,
            subject=plan.subject,
            target=plan.target,
            settle_at_ms=plan.created_ms + plan.life_minutes * MINUTE_MS,
            mode=plan.mode,
            lock_share=plan.lock_share,
        )
        created = await self.house.create_room(request)
        if isinstance(created, Err):
            self.played.notes.append(f"{plan.name}: not created: {created.why}")
            return
        room = created.value
        self.played.rooms[room.id] = plan
        self._alive.add(room.id)
        self.house.watch.look_again()
        for number, act in enumerate(plan.acts):
            self.at(act.at_ms, partial(self._bet, room.id, act, number), together=True)
        if plan.by_hand:
            self.at(plan.created_ms + 12 * MINUTE_MS, partial(self._void_by_hand, room.id))

    async def _bet(self, room: RoomId, act: Act, number: int) -> None:
        """Bet, and press the button twice: the same key answers the same bet."""
        order = BetOrder(
            key=f"{room}-{number}",
            room=room,
            bettor=self.cast[act.bettor].id,
            outcome=act.outcome,
            stake=act.stake,
        )
        first, again = await asyncio.gather(self.house.bet(order), self.house.bet(order))
        match first:
            case Ok(bet):
                self.played.bets.append(bet)
            case Err(why):
                self.played.refusals[type(why).__name__] += 1
        if first != again:
            self.played.notes.append(f"the same order was answered twice: {first} and {again}")

    async def _void_by_hand(self, room: RoomId) -> None:
        """One operator holds the room and cannot void it alone; two from two offices can (decision R9)."""
        await self.house.hold(room, reason="the question cannot be measured")
        reason = "the question names no price that any feed knows"
        body = canonical_bytes({"room": str(room), "reason": reason}).decode()
        evidence = EvidenceRecord(
            f"room:{room}",
            self.clock.now_ms(),
            canonical_hash({"room": str(room), "reason": reason}),
            None,
            body,
        )
        one, two = Consent("ann", "ops-office"), Consent("bea", "ops-remote")
        cause = VoidReason.ASKED_WRONGLY
        alone = await self.house.void(room, cause=cause, evidence=[evidence], consents=[one])
        if isinstance(alone, Err):
            self.played.refusals[type(alone.why).__name__] += 1
        both = await self.house.void(room, cause=cause, evidence=[evidence], consents=[one, two])
        if isinstance(both, Err):
            self.played.notes.append(f"two persons could not void room {room}: {both.why}")
            return
        self._alive.discard(room)
        self.house.watch.look_again()

    def _move_to(self, at_ms: int) -> None:
        """Time only goes forward: what comes late comes now."""
        self.clock.set(max(self.clock.now_ms(), at_ms))
