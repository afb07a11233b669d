"""How the running parts stand: the one place that is read by whoever looks after them (metrics, tables, tests)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rooms_cli.loops.counted import TickCounts
from rooms_cli.loops.times import Buckets
from rooms_oracle.instrument_standing import InstrumentStanding
from rooms_oracle.live import LiveFeeds


@dataclass(slots=True, kw_only=True)
class LoopStanding:
    """One loop, counted since its process began. Times in ms; durations by a timer that nobody sets back.

    `leads`: whether the role is this process's own now. `failed_row` is how many turns have failed one after another.
    `counts` are the loop's own: `skipped` and `overruns` of ticks, `answered`, `settled`, `delivered` and so on.
    `gauges` are what it saw last, such as `rooms` watched, `instruments` polled, `tick_ms`. `times` are in buckets:
    `turn`, and the monitor's `tick_lag`, the settler's `settle_delay`.
    """

    role: str
    leads: bool = False
    turns: int = 0
    failed: int = 0
    failed_row: int = 0
    last_turn_ms: int | None = None
    """When the last turn ended."""
    took_ms: int = 0
    longest_ms: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    gauges: dict[str, int] = field(default_factory=dict)
    times: dict[str, Buckets] = field(default_factory=dict)

    def time(self, name: str, took_ms: int) -> None:
        """Something took so long."""
        self.times.setdefault(name, Buckets()).add(took_ms)

    def ended(self, at_ms: int, took_ms: int, *, well: bool) -> None:
        """A turn is over."""
        self.turns += 1
        self.last_turn_ms, self.took_ms = at_ms, took_ms
        self.longest_ms = max(self.longest_ms, took_ms)
        self.time("turn", took_ms)
        self.failed += not well
        self.failed_row = 0 if well else self.failed_row + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Everything that runs in this process. `feeds` None: prices are made up, or nobody here asks for any.

    `ticks` are the monitor's counts by instrument; `instruments` answers how those that are polled stand now.
    """

    loops: tuple[LoopStanding, ...]
    feeds: LiveFeeds | None = None
    ticks: TickCounts = field(default_factory=TickCounts)
    instruments: Callable[[], Sequence[InstrumentStanding]] = field(default=lambda: ())

    def loop(self, role: str) -> LoopStanding:
        """The loop of a role. Raises KeyError."""
        for each in self.loops:
            if each.role == role:
                return each
        raise KeyError(role)
