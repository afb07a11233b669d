"""What the monitor counts of its ticks, by instrument and reason.

Names are few: a listed instrument has its own, all tokens priced by one pool share one, and so do those beyond the
first thousand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from rooms_core.services.watch_targets import Watched

TOKENS: Final = "pump:*"
"""Stands for every token: they come and go, and whoever collects counts would keep each of them."""
OTHERS: Final = "*"
NAMES_MOST: Final = 1_000
_PUMP: Final = "pump:"


@dataclass(slots=True)
class Names:
    """The names that instruments are counted by: a limited number of them."""

    most: int = NAMES_MOST
    _known: set[str] = field(default_factory=set)

    def of(self, instrument: str) -> str:
        """The name for an instrument."""
        if instrument.startswith(_PUMP):
            return TOKENS
        if instrument in self._known or len(self._known) < self.most:
            self._known.add(instrument)
            return instrument
        return OTHERS


@dataclass(slots=True)
class TickCounts:
    """Counts of one process since it began; they go on from one term of the role to the next.

    `accepted_ms` is the newest tick on which any instrument had a price (ms).
    """

    names: Names = field(default_factory=Names)
    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    touches: Counter[str] = field(default_factory=Counter)
    records: int = 0
    accepted_ms: int | None = None

    def take(self, watched: Watched) -> None:
        """Count a tick that was evaluated and written down. A touch counts when its room has moved."""
        report = watched.report
        refused = dict(report.refused)
        for name, reason in refused.items():
            self.refused[self.names.of(name), reason] += 1
        for state in report.states:
            if state.instrument not in refused:
                self.accepted[self.names.of(state.instrument)] += 1
                self.accepted_ms = report.at_ms
        moved = {answered.room for answered in watched.answered}
        for touch in report.touches:
            if touch.room in moved:
                self.touches[touch.found_by.value] += 1
        self.records += len(report.records)
