"""How long a failing feed is left alone between two ticks: longer each time, and never at the same moment as others.

`min(60 s, 0.5 s × 2^k)` with full jitter (anything from 0 to that), never sooner than the feed itself asks for.
"""

from __future__ import annotations

from typing import Final

from rooms_core.ports.rng import Rng

FIRST_MS: Final = 500
LONGEST_MS: Final = 60_000


def back_off_ms(failures: int, rng: Rng, *, at_least_ms: int = 0) -> int:
    """The pause after the k-th failure in a row, counted from 0."""
    ceiling = min(LONGEST_MS, FIRST_MS << min(failures, 16))
    return max(at_least_ms, rng.below(ceiling + 1))
