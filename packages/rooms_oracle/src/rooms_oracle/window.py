"""How far the price moved lately: an input of the row a bet is judged by (decision R4).

The figure is the largest (max P − min P) / min P over any 15 s (pool-priced 30 s) of accepted ticks that end in
the last five minutes, in ppm and rounded up, so that betting never stops too late.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from rooms_oracle.aggregate import PPM

SPAN_MS: Final = 15_000
POOL_SPAN_MS: Final = 30_000
MEMORY_MS: Final = 300_000


class RangeWindow:
    """The accepted prices of one instrument as far back as they matter. Time and memory per tick are constant."""

    def __init__(self, span_ms: int = SPAN_MS) -> None:
        self._span_ms = span_ms
        self._prices: deque[tuple[int, int]] = deque()
        self._widest: deque[tuple[int, int]] = deque()

    def resume(self, tick_ms: int, moved_ppm: int) -> None:
        """Take over what was known at the last accepted tick before a restart."""
        self._widest.append((tick_ms, moved_ppm))

    def add(self, tick_ms: int, price: int) -> int:
        """Take in an accepted tick; the widest move of the last five minutes, in ppm."""
        prices = self._prices
        prices.append((tick_ms, price))
        while prices[0][0] < tick_ms - self._span_ms:
            prices.popleft()
        values = [value for _, value in prices]
        low = min(values)
        moved = -((low - max(values)) * PPM // low)

        widest = self._widest
        while widest and widest[-1][1] <= moved:
            widest.pop()
        widest.append((tick_ms, moved))
        while widest[0][0] <= tick_ms - MEMORY_MS:
            widest.popleft()
        return widest[0][1]
