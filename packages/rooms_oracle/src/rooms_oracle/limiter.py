"""A token bucket in the vendor's own unit, filled to 80 % of what he allows, so that we are never sent away.

Vendors count in two ways. Most count what falls into a *window*: then the bucket's size and what flows in during one
window must together stay within 80 %. Some keep a *bucket* of their own: then ours is theirs at 80 %, in size and flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SHARE_PER_CENT: Final = 80
"""How much of a limit is used at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a vendor allows: `units` in each `per_ms`, of which `burst` at once. Raises ValueError for no limit at all.

    `counts_windows`: whether he counts what falls into a window, or lets a bucket of size `burst` run out.
    """

    units: int
    per_ms: int
    burst: int
    counts_windows: bool = True

    def __post_init__(self) -> None:
        if self.per_ms < 1 or self.size < 1 or self.flow < 1:
            raise ValueError(f"nothing could ever be asked under {self}")

    @property
    def size(self) -> int:
        """How many units may be used at once."""
        return self.burst * SHARE_PER_CENT // 100

    @property
    def flow(self) -> int:
        """How many units come back in `per_ms`."""
        usable = self.units * SHARE_PER_CENT // 100
        return usable - self.size if self.counts_windows else usable


class TokenBucket:
    """Starts full. Whole numbers only: the level is kept in units × `per_ms`. A clock set back adds nothing."""

    def __init__(self, limit: Limit, now_ms: int) -> None:
        self._limit = limit
        self._level = limit.size * limit.per_ms
        self._at_ms = now_ms

    def left(self, now_ms: int) -> int:
        """How many whole units could be taken now."""
        self._fill(now_ms)
        return max(0, self._level) // self._limit.per_ms

    def wait_ms(self, units: int, now_ms: int) -> int | None:
        """How long to wait until so many can be taken: 0 is now, None is never."""
        if units > self._limit.size:
            return None
        self._fill(now_ms)
        lacking = units * self._limit.per_ms - self._level
        return max(0, -(-lacking // self._limit.flow))

    def take(self, units: int, now_ms: int) -> bool:
        """Take so many now, or none."""
        if self.wait_ms(units, now_ms) != 0:
            return False
        self._level -= units * self._limit.per_ms
        return True

    def correct(self, used: int, now_ms: int) -> None:
        """The vendor says how much of his window is used, by others at our address too; never more is left for us."""
        self._fill(now_ms)
        usable = self._limit.units * SHARE_PER_CENT // 100
        self._level = min(self._level, (usable - used) * self._limit.per_ms)

    def _fill(self, now_ms: int) -> None:
        if now_ms > self._at_ms:
            gained = (now_ms - self._at_ms) * self._limit.flow
            self._level = min(self._limit.size * self._limit.per_ms, self._level + gained)
            self._at_ms = now_ms
