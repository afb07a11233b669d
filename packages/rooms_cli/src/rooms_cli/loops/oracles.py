"""The oracles of a process: one for each term as the monitor, over the same feeds. Only the newest is of interest."""

from __future__ import annotations

from dataclasses import dataclass, field

from rooms_oracle.heard import FeedSource
from rooms_oracle.instrument_standing import InstrumentStanding
from rooms_oracle.oracle import ConsensusOracle


@dataclass(slots=True)
class Oracles:
    """Makes them, and knows the one that is at work."""

    source: FeedSource
    newest: ConsensusOracle | None = field(default=None, init=False)

    def __call__(self) -> ConsensusOracle:
        """An oracle for a new term."""
        self.newest = ConsensusOracle(self.source)
        return self.newest

    def standings(self) -> list[InstrumentStanding]:
        """How the instruments stand in the newest one."""
        return [] if self.newest is None else self.newest.standings()
