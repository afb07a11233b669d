"""What a user has: to bet with, to withdraw, and what still waits (decision M9).

Credits from rooms are playable at once and withdrawable after ten minutes; a credit inside that time starts it
again for all that waits, so that a hold can still bite.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rooms_core.domain.money import STORED_MAX, ZERO, Lamports

CREDIT_WAIT_MS: Final = 10 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """A user's balances in lamports. `waiting` came from rooms and may be withdrawn from `waits_until_ms` on."""

    available: Lamports = ZERO
    reserved: Lamports = ZERO
    waiting: Lamports = ZERO
    waits_until_ms: int = 0

    def withdrawable(self, now_ms: int) -> Lamports:
        """What may be withdrawn now; what was staked meanwhile counts against the rest first."""
        if now_ms >= self.waits_until_ms:
            return self.available
        return Lamports(max(0, self.available.value - self.waiting.value))


def credited(
    waiting: Lamports, waits_until_ms: int, credit: Lamports, *, now_ms: int
) -> tuple[Lamports, int]:
    """What waits, and until when (ms), after a credit from a room.

    The same money may come back many times within one wait; beyond what can be stored it is not counted further.
    """
    still = waiting if now_ms < waits_until_ms else ZERO
    return min(still + credit, Lamports(STORED_MAX)), now_ms + CREDIT_WAIT_MS
