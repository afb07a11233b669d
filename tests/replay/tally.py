"""The figures of a replay: added up day by day, judged at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was counted. `wrong` lists in words whatever should not have happened; empty: all is well."""

    ticks: int = 0
    full: int = 0
    accepted: int = 0
    accepted_with_faults: int = 0
    minutes: int = 0
    minutes_full: int = 0
    minutes_accepted: int = 0
    minutes_accepted_with_faults: int = 0
    faulted: int = 0
    named: int = 0
    harmless: int = 0
    within: int = 0
    moved: int = 0
    moved_most_ppm: int = 0
    moved_most_of_tolerance: float = 0.0
    rooms: int = 0
    touches: Counter[str] = field(default_factory=Counter)
    touches_with_faults: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    witnesses: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    refusals_with_faults: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    records: int = 0
    digits_changed: int = 0
    digits_unnoticed: int = 0
    resealed_refused: int = 0
    resealed_linked: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add another day."""
        for each in fields(self):
            own, more = getattr(self, each.name), getattr(other, each.name)
            if each.name.startswith("moved_most"):
                setattr(self, each.name, max(own, more))
            elif isinstance(own, Counter):
                own.update(more)
            else:
                setattr(self, each.name, own + more)

    def record(self) -> dict[str, Any]:
        """The figures for programs."""
        return {
            each.name: dict(value) if isinstance(value := getattr(self, each.name), Mapping) else value
            for each in fields(self)
        }


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent, with two decimals."""
    return f"{100 * part / whole:.2f} %" if whole else "–"
