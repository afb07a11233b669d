"""The takeout: the 3 % that leaves the pool before the winners share it, and the host's part of it.

3 % = 2 % protocol + 1 % host. Commissions to referrers come out of the protocol's part (`referral`), so that
`takeout = host + protocol + commissions` in every settled room (invariant I8).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rooms_core.domain.money import BPS_WHOLE, ZERO, Bps, Lamports, floor_rate


class TakeoutBase(StrEnum):
    """What the takeout's rate is taken of (decision M2).

    TOTAL_CAPPED: the gross pool, but never more than the losing stakes, so that no winner gets less than he staked.
    TOTAL: the gross pool, uncapped, as PancakeSwap and the totes do; winners of a lopsided pool can lose.
    LOSING: the losing stakes only.
    """

    TOTAL_CAPPED = "TOTAL_CAPPED"
    TOTAL = "TOTAL"
    LOSING = "LOSING"


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """Rates in basis points, frozen into a room when it is created (decision M3).

    `host_bps` is a part of `takeout_bps`: with 300 and 100 the host has 1 % of the pool, not 1 % of the fee.
    Raises ValueError for rates outside 0 … 10,000 or a host's rate above the takeout's.
    """

    takeout_bps: Bps
    host_bps: Bps
    base: TakeoutBase = TakeoutBase.TOTAL_CAPPED

    def __post_init__(self) -> None:
        if not 0 <= self.takeout_bps <= BPS_WHOLE or not 0 <= self.host_bps <= BPS_WHOLE:
            raise ValueError("takeout_bps and host_bps are between 0 and 10,000 basis points")
        if self.host_bps > self.takeout_bps:
            raise ValueError(
                f"host_bps {self.host_bps} is above takeout_bps {self.takeout_bps}: the host's share is a part of it"
            )

    def takeout(self, *, gross: Lamports, winning: Lamports) -> Lamports:
        """What leaves a pool of `gross` of which `winning` stands on the winners, rounded down."""
        losing = gross - winning
        match self.base:
            case TakeoutBase.TOTAL_CAPPED:
                return min(floor_rate(gross, self.takeout_bps), losing)
            case TakeoutBase.TOTAL:
                return floor_rate(gross, self.takeout_bps)
            case TakeoutBase.LOSING:
                return floor_rate(losing, self.takeout_bps)

    def host_share(self, takeout: Lamports) -> Lamports:
        """The host's part of a takeout, rounded down: `takeout × host_bps ÷ takeout_bps`."""
        if not self.host_bps:
            return ZERO
        return Lamports(takeout.value * self.host_bps // self.takeout_bps)
