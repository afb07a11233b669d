"""Whether a stream says what polling says: it is compared at its first price, every minute, and after each jump.

A stream in another scale, of another symbol, or that repeats itself with fresh times looks healthy from its messages
alone. What differs is not believed, and asked for over HTTP, until both agree again. One that cannot be compared,
because polling fails, is believed: the rule looks at every price in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rooms_oracle.aggregate import PPM

COMPARED_EVERY_MS: Final = 60_000
JUMP_PPM: Final = 10_000
DIFFERS_PPM: Final = 3_000
"""As far as families may differ in a calm market; one venue differs from itself by the time between two questions."""


@dataclass(slots=True)
class _Standing:
    at_ms: int
    price: int
    differs: bool


class Trust:
    """What one feed's stream has been worth, by symbol."""

    def __init__(self) -> None:
        self._standing: dict[str, _Standing] = {}

    def due(self, symbol: str, price: int, now_ms: int) -> bool:
        """Whether a streamed price is to be compared with a polled one; if not, it is taken as it is."""
        known = self._standing.get(symbol)
        if known is None or known.differs or not known.at_ms <= now_ms < known.at_ms + COMPARED_EVERY_MS:
            return True
        jumped = abs(price - known.price) * PPM > JUMP_PPM * known.price
        if not jumped:
            known.price = price
        return jumped

    def differs(self, symbol: str) -> bool:
        """Whether it said something else when it was compared last."""
        known = self._standing.get(symbol)
        return known is not None and known.differs

    def compared(self, symbol: str, streamed: int, polled: int, now_ms: int) -> bool:
        """It was compared; whether both agree."""
        differs = abs(streamed - polled) * PPM > DIFFERS_PPM * polled
        self._standing[symbol] = _Standing(now_ms, streamed, differs)
        return not differs
