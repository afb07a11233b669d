"""The price at the settle time: the median of its last minute, else the candle that ends there, else none.

Of the 20 ticks in (T − 60 s, T] at least 12 must be accepted with no gap over 15 s. Then the settle price is
their lower median: to move it, most families must be held off the market for more than half a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from rooms_oracle.heard import MINUTE_MS, Candle, Quote

ACCEPTED_MIN: Final = 12
GAP_MAX_MS: Final = 15_000
CANDLE_DELAY_MS: Final = 10_000
"""A candle may be read this long after its end."""
DEADLINE_MS: Final = 30 * 60_000
"""After the settle time; what is not known by then is void."""


def settle_price(accepted: Sequence[tuple[int, int]], settle_at_ms: int) -> int | None:
    """The lower median of the accepted (tick, price) in the last minute; None if they are too few or too far apart.

    A gap is counted between neighbours, from the minute's start and up to the settle time.
    """
    last_minute = [(tick_ms, price) for tick_ms, price in accepted if is_last_minute(tick_ms, settle_at_ms)]
    if len(last_minute) < ACCEPTED_MIN:
        return None
    edges = [settle_at_ms - MINUTE_MS, *sorted([tick_ms for tick_ms, _ in last_minute]), settle_at_ms]
    if max([later - sooner for sooner, later in pairwise(edges)]) > GAP_MAX_MS:
        return None
    return lower_median([price for _, price in last_minute])


def is_last_minute(tick_ms: int, settle_at_ms: int) -> bool:
    """Whether a tick is one of the 20 in (T − 60 s, T]."""
    return settle_at_ms - MINUTE_MS < tick_ms <= settle_at_ms


def lower_median(values: Iterable[int]) -> int:
    """The middle value, of two middle values the smaller. There is at least one."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]


def closes(candles: Iterable[Candle], settle_at_ms: int) -> list[Quote]:
    """The closes of one-minute candles as quotes of age 0 at the settle time, for the backfill."""
    return [
        Quote(
            candle.source,
            candle.family,
            candle.close,
            0,
            candle.weight,
            settle_at_ms,
            settle_at_ms,
            quote=candle.quote,
        )
        for candle in candles
    ]
