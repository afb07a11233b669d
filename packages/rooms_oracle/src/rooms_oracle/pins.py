"""The pool that prices a token stays the one it was, or becomes the one that follows it: anything else is no price.

A node that lags can show a coin on its curve again after it has graduated, and one on a fork can show what will never
have been. Such a reading is set aside before the tick is judged, under a name of its own, and the room waits.
"""

from __future__ import annotations

from typing import Final

from rooms_core.domain.market import PoolDepth
from rooms_oracle.heard import Heard
from rooms_oracle.listing import CHAIN

OTHER_POOL: Final = "OTHER_POOL"
"""The chain showed a pool that the one known before cannot have become."""


def kept_to(pinned: PoolDepth | None, said: Heard) -> Heard:
    """What was heard, without the chain's own word where it speaks of another pool than may be."""
    if pinned is None or said.pool is None or not pinned.pool or said.pool.address in ("", pinned.pool):
        return said
    if pinned.on_curve and not said.pool.on_curve:
        return said
    others = [quote for quote in said.quotes if quote.source != CHAIN]
    return Heard(others, None, {**said.silent, CHAIN: OTHER_POOL})
