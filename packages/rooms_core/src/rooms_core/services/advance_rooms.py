"""Advance rooms: open those with enough players, lock those whose time has come, void those without a contest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import RoomId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import MarketState, Mode
from rooms_core.domain.room import Room, held
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services import closing
from rooms_core.services.closing import Stuck

_TOLD_TOGETHER: Final = 10_000
"""How many bettors of a room are told at a time."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """A room that moved: where it stands now, and why if it was voided."""

    room: RoomId
    status: RoomStatus
    reason: VoidReason | None = None


@dataclass(frozen=True, slots=True)
class Advances:
    """The rooms that moved, and those that could not: one broken room does not stop the others."""

    moved: tuple[Advanced, ...]
    stuck: tuple[Stuck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceRooms:
    """Look at every room that may be due, each in a unit of work of its own (decisions R1, R3, M5)."""

    store: Store

    async def __call__(self, now_ms: int) -> Result[Advances, StoreFailed]:
        """Advance what is due at `now_ms`; `StoreFailed` only if the list itself cannot be had."""

        async def due(books: Books) -> Result[list[RoomId], StoreFailed]:
            waiting = await books.rooms.find([RoomStatus.QUEUING])
            locking = await books.rooms.find([RoomStatus.OPEN], lock_due_ms=now_ms)
            moving = [room for room in waiting if now_ms >= room.lock_at_ms or await _filled(books, room)]
            return Ok([room.id for room in (*moving, *locking)])

        found = await self.store.run(due)
        if isinstance(found, Err):
            return found
        moved: list[Advanced] = []
        stuck: list[Stuck] = []
        for room_id in found.value:
            try:
                answer = await self._advance(room_id)
            except InvariantBroken as broken:
                stuck.append(Stuck(room_id, str(broken)))
                continue
            if isinstance(answer, Err):
                stuck.append(Stuck(room_id, answer.why.message))
            elif answer.value is not None:
                moved.append(answer.value)
        return Ok(Advances(tuple(moved), tuple(stuck)))

    async def _advance(self, room_id: RoomId) -> Result[Advanced | None, StoreFailed]:
        async def work(books: Books) -> Result[Advanced | None, StoreFailed]:
            room = (await books.rooms.lock([room_id]))[room_id]
            markets = await books.markets.lock([room.market.instrument])
            now_ms = await books.now_ms()
            if room.status is RoomStatus.QUEUING:
                players = await books.bets.players(room_id)
                step = from_queuing(room, players, markets.get(room.market.instrument), now_ms)
            elif room.status is RoomStatus.OPEN:
                step = from_open(room, now_ms)
            else:
                step = None  # somebody was faster
            if step is None:
                return Ok(None)
            if isinstance(step, VoidReason):
                return await _void(books, room, step, now_ms)
            await books.rooms.save(step, was=room.status)
            await _tell(books, step)
            return Ok(Advanced(room_id, step.status))

        return await self.store.run(work)


def from_queuing(
    room: Room, players: int, market: MarketState | None, now_ms: int
) -> Room | VoidReason | None:
    """OPEN with enough players; VOIDED at lock without them, or if the target is passed when it would open (R1).

    A TOUCH room that could not be opened before its settle time was watched by nobody: void, and no answer is made up.
    """
    if players < room.rules.limits.players_min:
        return VoidReason.TOO_FEW_PLAYERS if now_ms >= room.lock_at_ms else None
    if room.market.mode is Mode.TOUCH and now_ms >= room.settle_at_ms:
        return VoidReason.NO_PRICE
    passed = market is not None and room.market.reached_by(market.last.price)
    if room.market.mode is Mode.TOUCH and passed:
        return VoidReason.TARGET_PASSED
    return replace(room.moved(RoomStatus.OPEN), opened_at_ms=now_ms)


def from_open(room: Room, now_ms: int) -> Room | VoidReason | None:
    """Where an OPEN room goes at its lock time: LOCKED, or VOIDED if one side holds all stakes (M5)."""
    if now_ms < room.lock_at_ms:
        return None
    return VoidReason.ONE_SIDED if room.pool.one_sided else room.moved(RoomStatus.LOCKED)


async def _filled(books: Books, room: Room) -> bool:
    """Whether a QUEUING room has its players: a look without a lock, so that rooms that wait cost next to nothing."""
    return bool(room.pool.gross) and await books.bets.players(room.id) >= room.rules.limits.players_min


async def _void(
    books: Books, room: Room, reason: VoidReason, now_ms: int
) -> Result[Advanced | None, StoreFailed]:
    if held(room, now_ms):
        return Ok(None)
    ended = await closing.void(books, room, reason)
    return Ok(None) if isinstance(ended, Err) else Ok(Advanced(room.id, RoomStatus.VOIDED, reason))


async def _tell(books: Books, room: Room) -> None:
    kind = EventKind.ROOM_OPENED if room.status is RoomStatus.OPEN else EventKind.ROOM_LOCKED
    bettors = await books.bets.bettors(room.id)
    for start in range(0, len(bettors), _TOLD_TOGETHER):
        told = bettors[start : start + _TOLD_TOGETHER]
        await books.outbox.add([Event(kind=kind, user=bettor, ref=room.id) for bettor in told])
