"""From hits to a touch: two hits within 6 s with no accepted tick in between that was none.

A token priced by one pool needs three hits over at least 6 s. The first of them, g1, is the time and the price
of the touch. A hit's neighbours may be ticks without consensus; an accepted tick that is no hit starts anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

HIT_GAP_MS: Final = 6_000
"""Two hits further apart than this have nothing to do with one another."""


@dataclass(frozen=True, slots=True)
class TouchRule:
    """How many hits in a row, over how long, make a touch."""

    hits: int
    span_ms: int


VENUES_TOUCH: Final = TouchRule(hits=2, span_ms=0)
POOL_TOUCH: Final = TouchRule(hits=3, span_ms=6_000)


class Hit(NamedTuple):
    """A tick that reached the target, and its price."""

    tick_ms: int
    price: int


class Streak(NamedTuple):
    """The hits in a row so far. `clear_ms` is L, the last accepted tick before the first of them that was no hit."""

    clear_ms: int
    hits: tuple[Hit, ...] = ()


def add_hit(streak: Streak, hit: Hit) -> Streak:
    """One more hit; after more than 6 s without one the row starts anew (no clear tick came between)."""
    if streak.hits and hit.tick_ms - streak.hits[-1].tick_ms > HIT_GAP_MS:
        return Streak(streak.clear_ms, (hit,))
    return Streak(streak.clear_ms, (*streak.hits, hit))


def is_touch(streak: Streak, rule: TouchRule) -> bool:
    """Whether the row is long enough; its first hit is then g1."""
    hits = streak.hits
    return len(hits) >= rule.hits and hits[-1].tick_ms - hits[0].tick_ms >= rule.span_ms


def may_become_touch(streak: Streak, *, now_ms: int) -> bool:
    """Whether the next tick could still join this row: settle no room as untouched before that is clear."""
    return bool(streak.hits) and now_ms - streak.hits[-1].tick_ms < HIT_GAP_MS
