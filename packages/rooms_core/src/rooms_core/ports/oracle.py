"""What ROOMS asks of prices: a reading to create a room, ticks to watch targets, and answers at the settle time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction, FoundBy, MarketState, PoolDepth, Reading
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.result import Result


@dataclass(frozen=True, slots=True)
class OracleFailed:
    """The oracle did not answer. `retryable`: time may heal it."""

    message: str
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class NotPriceable:
    """No price is accepted for this instrument now; `reason` is the oracle's own ("NO_QUORUM", "unknown", …)."""

    instrument: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedRoom:
    """A TOUCH room whose target is watched. Hits count on ticks in [`since_ms`, `settle_at_ms`): since it was OPEN.

    `created_liquidity_cents`: for a thin token, how deep its pool was when the room was created. Once it has halved,
    a touch needs the 60 s median past the target too (decision R6).
    """

    room: RoomId
    instrument: str
    direction: Direction
    target: int
    since_ms: int
    settle_at_ms: int
    pool_priced: bool = False
    created_liquidity_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """The target of a room was touched at tick `at_ms` (g1) at `price`.

    `last_clear_ms` is the last accepted tick before it that was no hit (found by ticks), or the last accepted
    tick before the gap (found by the audit): what was staked shortly before it and later goes back (decision R4).
    """

    room: RoomId
    at_ms: int
    price: int
    last_clear_ms: int
    found_by: FoundBy
    evidence: tuple[str, ...]
    records: tuple[EvidenceRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class TickReport:
    """What one tick of the grid brought: the rows to write, one for each watched instrument that changed, and touches.

    `refused` names, by instrument, why no price was accepted on this tick. `records` are the evidence records to
    store with this tick (a sampled one at least every minute for each instrument); a touch brings its own, again
    each time it is reported, and the store keeps each hash once.
    """

    at_ms: int
    states: tuple[MarketState, ...]
    touches: tuple[Touch, ...]
    refused: tuple[tuple[str, str], ...] = ()
    records: tuple[EvidenceRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """The settle price, with the way it was found and the records it rests on."""

    price: int
    at_ms: int
    found_by: FoundBy
    evidence: tuple[str, ...]
    records: tuple[EvidenceRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Untouched:
    """No tick or audited minute before the settle time touched the target: NO. `price`: the last accepted."""

    at_ms: int
    price: int
    found_by: FoundBy
    evidence: tuple[str, ...]
    records: tuple[EvidenceRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class NotYet:
    """The answer cannot be known before `retry_ms`."""

    retry_ms: int


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No acceptable answer could be had by the deadline (settle time + 30 min): the room is void, never guessed."""

    reason: str
    evidence: tuple[str, ...]
    records: tuple[EvidenceRecord, ...] = ()


CloseAnswer: TypeAlias = Closed | NotYet | NoAnswer
TouchAnswer: TypeAlias = Touch | Untouched | NotYet | NoAnswer


class PriceOracle(Protocol):
    """One price that may move money, or none. Never called inside a unit of work.

    The oracle keeps its watch list in memory; the database is the truth, so after a restart the monitor calls
    `resume` with the stored market rows and `watch` with the open rooms. A room stays watched until `forget`:
    a touch is reported again on every tick until then, so that a crash repeats the call and loses nothing.
    """

    async def price(self, instrument: str, *, now_ms: int) -> Result[Reading, NotPriceable | OracleFailed]:
        """The newest accepted tick, not older than 6 s: for the creation of a room."""
        ...

    def depth(self, instrument: str) -> PoolDepth | None:
        """The single pool behind a thin token as it was last read; None for other instruments."""
        ...

    def resume(self, state: MarketState) -> None:
        """Go on from a stored market row: the time since its last accepted tick counts as silence."""
        ...

    def chains(self, instrument: str) -> tuple[str, ...]:
        """The instruments in whose chains of records a decision on this one is written: its rates and itself."""
        ...

    def resume_chain(self, instrument: str, last_record: str | None) -> None:
        """Go on after the last stored record of one of `chains`."""
        ...

    def poll(self, instrument: str) -> None:
        """Tick this instrument from now on (counted: once for each room on it), whether or not a target is watched."""
        ...

    def rest(self, instrument: str) -> None:
        """Undo one `poll`."""
        ...

    def watch(self, room: WatchedRoom) -> None:
        """Watch a room's target; again with the same room changes nothing."""
        ...

    def forget(self, room: RoomId) -> None:
        """Stop watching; a room that is not watched is no error."""
        ...

    async def tick(self, at_ms: int) -> Result[TickReport, OracleFailed]:
        """Evaluate grid tick `at_ms` (a multiple of 3,000 ms) for all polled instruments; audit closed gaps."""
        ...

    async def close_price(
        self, instrument: str, *, settle_at_ms: int, now_ms: int
    ) -> Result[CloseAnswer, OracleFailed]:
        """The settle price of an AT_CLOSE room (oracle §5.3)."""
        ...

    async def touch_answer(self, room: WatchedRoom, *, now_ms: int) -> Result[TouchAnswer, OracleFailed]:
        """The answer of a TOUCH room at or after its settle time, every gap audited."""
        ...
