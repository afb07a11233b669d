"""An oracle that says what it was told to say."""

from __future__ import annotations

from collections import Counter, deque

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import MarketState, PoolDepth, Reading
from rooms_core.ports.oracle import (
    CloseAnswer,
    NotPriceable,
    NotYet,
    OracleFailed,
    TickReport,
    TouchAnswer,
    WatchedRoom,
)
from rooms_core.result import Err, Ok, Result

_TICK_MS = 3_000


class ScriptedOracle:
    """Implements `ports.oracle.PriceOracle` from a script.

    `readings` answers `price`, by instrument (missing: not priceable). `ticks` are the next tick reports, one after
    another (none left: a tick that brings nothing). `closes`, by instrument, and `touches`, by room, are the answers
    at the settle time (missing: not yet). `rates` are those an instrument rests on. An `OracleFailed` anywhere is
    answered as a failure.

    What it was asked to do stands in `polled`, `watched` and `resumed`.
    """

    def __init__(self, *readings: Reading) -> None:
        self.readings: dict[str, Reading | OracleFailed] = {each.instrument: each for each in readings}
        self.ticks: deque[TickReport | OracleFailed] = deque()
        self.closes: dict[str, CloseAnswer | OracleFailed] = {}
        self.touches: dict[RoomId, TouchAnswer | OracleFailed] = {}
        self.polled: Counter[str] = Counter()
        self.watched: dict[RoomId, WatchedRoom] = {}
        self.resumed: dict[str, MarketState] = {}
        self.chained: dict[str, str | None] = {}
        self.depths: dict[str, PoolDepth] = {}
        self.rates: dict[str, tuple[str, ...]] = {}

    async def price(self, instrument: str, *, now_ms: int) -> Result[Reading, NotPriceable | OracleFailed]:
        """The reading of the script, however old."""
        match self.readings.get(instrument):
            case None:
                return Err(NotPriceable(instrument, "unknown"))
            case OracleFailed() as failed:
                return Err(failed)
            case reading:
                return Ok(reading)

    def depth(self, instrument: str) -> PoolDepth | None:
        """The depth of the script."""
        return self.depths.get(instrument)

    def resume(self, state: MarketState) -> None:
        """Remember what it was given."""
        self.resumed[state.instrument] = state

    def chains(self, instrument: str) -> tuple[str, ...]:
        """Those of the script's rates, and its own."""
        return (*self.rates.get(instrument, ()), instrument)

    def resume_chain(self, instrument: str, last_record: str | None) -> None:
        """Remember what it was given."""
        self.chained[instrument] = last_record

    def poll(self, instrument: str) -> None:
        """Count."""
        self.polled[instrument] += 1

    def rest(self, instrument: str) -> None:
        """Count down."""
        self.polled[instrument] -= 1

    def watch(self, room: WatchedRoom) -> None:
        """Remember the room."""
        self.watched[room.room] = room

    def forget(self, room: RoomId) -> None:
        """Forget it."""
        self.watched.pop(room, None)

    async def tick(self, at_ms: int) -> Result[TickReport, OracleFailed]:
        """The next report of the script."""
        report = self.ticks.popleft() if self.ticks else TickReport(at_ms, (), ())
        return Err(report) if isinstance(report, OracleFailed) else Ok(report)

    async def close_price(
        self,
        instrument: str,
        *,
        settle_at_ms: int,
        now_ms: int,
    ) -> Result[CloseAnswer, OracleFailed]:
        """The script's answer for this instrument."""
        answer = self.closes.get(instrument, NotYet(now_ms + _TICK_MS))
        return Err(answer) if isinstance(answer, OracleFailed) else Ok(answer)

    async def touch_answer(self, room: WatchedRoom, *, now_ms: int) -> Result[TouchAnswer, OracleFailed]:
        """The script's answer for this room."""
        answer = self.touches.get(room.room, NotYet(now_ms + _TICK_MS))
        return Err(answer) if isinstance(answer, OracleFailed) else Ok(answer)
