"""Silence over 6 s, and what is owed for it: each minute it touches must be judged before betting goes on.

A gap lasts from the last accepted tick before it to the first one after it. Pool-priced instruments have no
candles: their gap is over with the second accepted tick after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from rooms_core.domain.market import Direction
from rooms_core.ports.evidence import EvidenceRecord
from rooms_oracle.heard import MINUTE_MS
from rooms_oracle.settle_price import CANDLE_DELAY_MS

SILENCE_MS: Final = 6_000
RETRY_MS: Final = 30_000
"""Between two attempts at a candle that could not be had."""


@dataclass(slots=True)
class Gap:
    """One silence: `to_ms` is None while it lasts; `next_minute_ms` is the first minute not judged yet."""

    from_ms: int
    to_ms: int | None = None
    next_minute_ms: int = field(init=False)
    retry_ms: int = 0

    def __post_init__(self) -> None:
        self.next_minute_ms = self.from_ms - self.from_ms % MINUTE_MS

    @property
    def audited(self) -> bool:
        """Whether it is over and every minute of it was judged."""
        return self.to_ms is not None and self.next_minute_ms >= self.to_ms

    def begun(self, now_ms: int) -> bool:
        """Whether a minute is owed, and began long enough ago that each room that ran through it is known."""
        return not self.audited and self.next_minute_ms + SILENCE_MS <= now_ms

    def readable(self, now_ms: int) -> bool:
        """Whether the next minute's candles can be asked for now."""
        return now_ms >= max(self.readable_ms, self.retry_ms)

    @property
    def readable_ms(self) -> int:
        """When the next minute's candles can be read."""
        return self.next_minute_ms + MINUTE_MS + CANDLE_DELAY_MS

    def judged(self) -> None:
        """The next minute was judged, or nobody asks for it."""
        self.next_minute_ms += MINUTE_MS

    def postpone(self, now_ms: int) -> None:
        """The next minute's candles could not be had."""
        self.retry_ms = now_ms + RETRY_MS


@dataclass(frozen=True, slots=True)
class JudgedMinute:
    """A minute of a gap that was judged: what two families reached in it, and the record of it."""

    minute_ms: int
    gap_from_ms: int
    up: int
    down: int
    evidence: str

    records: tuple[EvidenceRecord, ...] = ()

    @property
    def end_ms(self) -> int:
        """When a touch in it counts."""
        return self.minute_ms + MINUTE_MS

    def edge(self, direction: Direction) -> int:
        """The furthest price two families reached that way."""
        return self.up if direction is Direction.UP else self.down

    def reaches(self, direction: Direction, target: int) -> bool:
        """Whether two families were at or past a target."""
        return self.up >= target if direction is Direction.UP else self.down <= target
