"""The settler's turn: every room that has its answer is paid out, each in a unit of work of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rooms_cli.loops.role_loop import BACK_OFF_FIRST_MS, Failed, Log
from rooms_cli.loops.standing import LoopStanding
from rooms_core.domain.bet import RoomHeld
from rooms_core.domain.ids import RoomId
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.clock import Clock
from rooms_core.ports.store import LeaseLost, Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.settle_room import SettleRefused, SettleRoom

POLL_MS: Final = 1_000
"""How often the database is asked for rooms to settle; the monitor of the same process calls at once."""
TURN_MS: Final = 1_000
"""After so long a turn begins no further room: the role has to be renewed."""
HELD_MS: Final = 30_000
"""How long a room that an operator holds is left alone."""
STUCK_MOST_MS: Final = 60_000


@dataclass(slots=True)
class _Waits:
    """A room that could not be settled: when it is tried again, and how often it was."""

    until_ms: int
    tries: int
    why: str


@dataclass(slots=True, kw_only=True)
class Settler:
    """Implements `Job`. `settled` is called when somebody has to be told. One room that is stuck stops no other."""

    clock: Clock
    timer: Clock
    log: Log
    settled: Callable[[], None]
    _next_ms: int = field(default=0, init=False)
    _waits: dict[RoomId, _Waits] = field(default_factory=dict, init=False)

    def due_ms(self, now_ms: int) -> int:
        """A second after the last turn; at once if that one left something."""
        return min(self._next_ms, now_ms + POLL_MS)

    async def turn(self, store: Store, token: int, standing: LoopStanding) -> Result[None, Failed]:
        """Settle what is due."""
        begun_ms, settle = self.timer.now_ms(), SettleRoom(store=store)
        self._next_ms = self.clock.now_ms() + POLL_MS
        found = await settle.due()
        if isinstance(found, Err):
            return found
        now_ms = self.clock.now_ms()
        self._waits = {room: self._waits[room] for room in found.value if room in self._waits}
        due = [
            room for room in found.value if room not in self._waits or self._waits[room].until_ms <= now_ms
        ]
        standing.gauges |= {"settling": len(found.value), "waiting": len(self._waits)}
        for room in due:
            answer = await self._settle(settle, room)
            if isinstance(answer, Err) and isinstance(answer.why, LeaseLost):
                return Err(answer.why)
            self._took(room, answer, standing)
            if self.timer.now_ms() - begun_ms > TURN_MS and room != due[-1]:
                self._next_ms = self.clock.now_ms()
                break
        return Ok(None)

    async def _settle(
        self, settle: SettleRoom, room: RoomId
    ) -> Result[SettlementRow, SettleRefused | StoreFailed]:
        try:
            return await settle(room)
        except Exception as broken:
            self.log.exception(
                "a room's settlement broke a promise of ours; its money stays where it is", room=room
            )
            return Err(StoreFailed(str(broken)))

    def _took(
        self, room: RoomId, answer: Result[SettlementRow, SettleRefused | StoreFailed], standing: LoopStanding
    ) -> None:
        match answer:
            case Ok(row):
                self._waits.pop(room, None)
                standing.counts["settled"] += 1
                delay_ms = _delay_ms(row)
                if delay_ms is not None:
                    standing.time("settle_delay", delay_ms)
                gross = None if row.figures is None else str(row.figures.gross)
                self.log.info(
                    "room settled", room=room, status=row.status.value, gross=gross, receipt=row.receipt_hash
                )
                self.settled()
            case Err(RoomHeld(reason=reason)):
                self._wait(room, HELD_MS, "it is held by an operator", reason=reason)
            case Err(StoreFailed(message=message)):
                standing.counts["stuck"] += 1
                tries = self._waits[room].tries if room in self._waits else 0
                self._wait(room, min(STUCK_MOST_MS, BACK_OFF_FIRST_MS << min(tries, 10)), message)
            case Err():
                self._waits.pop(room, None)  # somebody was faster: it needs nothing any more

    def _wait(self, room: RoomId, wait_ms: int, why: str, **facts: str) -> None:
        """Leave a room alone for a while; told once for each reason."""
        before = self._waits.get(room)
        if before is None or before.why != why:
            self.log.warning("a room is not settled yet and is tried again", room=room, why=why, **facts)
        tries = 1 if before is None else before.tries + 1
        self._waits[room] = _Waits(self.clock.now_ms() + wait_ms, tries, why)


def _delay_ms(row: SettlementRow) -> int | None:
    """How long after the touch, or the settle time, the money moved; None where nobody found an answer."""
    found = json.loads(row.header)["answer"].get("at_ms")
    return None if found is None else row.at_ms - int(found)
