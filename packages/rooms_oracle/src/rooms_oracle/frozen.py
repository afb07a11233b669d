"""A feed that repeats itself while the market moves is broken, however fresh its answers look.

A source without own timestamps that has sent the same integer for 60 s, while at least two other families each
moved 1,000 ppm or more, is rejected as FROZEN until its value changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rooms_oracle.aggregate import PPM, Observation
from rooms_oracle.heard import Quote

STILL_MS: Final = 60_000
MOVED_PPM: Final = 1_000
MOVED_FAMILIES: Final = 2


@dataclass(slots=True)
class _Still:
    """A value that has not changed since `since_ms`, and how far each other family has ranged meanwhile."""

    price: int
    since_ms: int
    others: Sequence[Observation]
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    frozen: bool = False


class FrozenWatch:
    """Remembers for one instrument how long each of its sources has stood still."""

    def __init__(self) -> None:
        self._still: dict[str, _Still] = {}

    def look(
        self, quotes: Sequence[Quote], observations: Sequence[Observation], tick_ms: int
    ) -> frozenset[str]:
        """The sources frozen at this tick; `observations` are all of its prices in dollars."""
        found = []
        for seen in quotes:
            if seen[7] is not None:
                continue
            still = self._still.get(seen[0])
            if still is None or still.price != seen[2]:
                self._still[seen[0]] = _Still(seen[2], tick_ms, observations)
            elif _is_frozen(still, seen[1], observations, tick_ms):
                found.append(seen[0])
        return frozenset(found)


def _is_frozen(still: _Still, family: str, observations: Sequence[Observation], tick_ms: int) -> bool:
    if still.frozen:
        return True
    if still.others:
        _widen(still, family, still.others)
        still.others = ()
    _widen(still, family, observations)
    if tick_ms - still.since_ms >= STILL_MS:
        moved = [True for low, high in still.ranges.values() if (high - low) * PPM >= MOVED_PPM * low]
        still.frozen = len(moved) >= MOVED_FAMILIES
    return still.frozen


def _widen(still: _Still, family: str, observations: Sequence[Observation]) -> None:
    """One source speaks for each family: its sources differ among one another, which is no movement."""
    done = {family}
    for seen in observations:
        if seen.family in done or seen.price <= 0:
            continue
        done.add(seen.family)
        low, high = still.ranges.get(seen.family, (seen.price, seen.price))
        still.ranges[seen.family] = (min(low, seen.price), max(high, seen.price))
