"""What a checker remembers of the records it has read: enough to work out the next one, however long the log is.

A record names the ticks of its rates, or the ticks of its last minute. Those are held in memory when it is written,
so they were written while one of the last 120 ticks was newest: of one instrument at most twice 120 ticks lie
between. Closes of candles are named at once. Of instruments that rest nothing is ever named again.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from rooms_oracle.record_reader import Known
from rooms_oracle.tracker import HELD_TICKS

KEPT: Final = 2 * HELD_TICKS
"""Accepted ticks of one instrument, and as many closes of its candles."""
LIVE_MOST: Final = 4_096
"""Instruments with ticks at the same time: each is written once a minute at least, so the oldest one rests."""


class Remembered:
    """Accepted ticks by the hash of their record: for each instrument and basis the last 240."""

    def __init__(self) -> None:
        self.found: dict[str, Known] = {}
        self._kept: OrderedDict[tuple[str, str], deque[str]] = OrderedDict()

    def keep(self, sealed: str, known: Known, basis: str) -> None:
        """Remember one more; the oldest of its kind is forgotten."""
        kind = (known.instrument, basis)
        kept = self._kept.setdefault(kind, deque())
        self._kept.move_to_end(kind)
        kept.append(sealed)
        self.found[sealed] = known
        if len(kept) > KEPT:
            self.found.pop(kept.popleft(), None)
        if len(self._kept) > 2 * LIVE_MOST:
            _, rests = self._kept.popitem(last=False)
            for each in rests:
                self.found.pop(each, None)
