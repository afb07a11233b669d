"""What a look at an instrument brought: each feed with its price or the reason why not, and the rule's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rooms_core.domain.market import COIN_SCALE
from rooms_oracle.aggregate import Reject, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking one feed. `reason` "": accepted. Prices in the probe's scale, ratios in ppm.

    `age_ms` is how old the price was when it came in, by the feed's own time if it has one. `slow`: the feed is asked
    so seldom that its prices are stale where a touch is decided.
    """

    feed: str
    symbol: str
    quote: str
    family: str
    reason: str = ""
    price: int | None = None
    age_ms: int | None = None
    half_width_ppm: int | None = None
    from_centre_ppm: int | None = None
    turned: bool = False
    slow: bool = False

    @property
    def hinders(self) -> bool:
        """Whether it speaks against listing the instrument like this."""
        return bool(self.reason) and not (self.slow and self.reason == Reject.STALE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a look brought. `status` is the rule's, or "unknown" where nobody could be asked; `rates` by name.

    `price`, `lo` and `hi` are whole numbers of 10^`scale` USD, and 0 unless the status is ACCEPTED.
    """

    name: str
    at_ms: int
    status: str
    quorum: int
    asked: tuple[Asked, ...]
    families: tuple[str, ...] = ()
    rates: Mapping[str, str]
    price: int = 0
    lo: int = 0
    hi: int = 0
    scale: int = COIN_SCALE

    @property
    def accepted(self) -> bool:
        """Whether there is a price."""
        return self.status == Status.ACCEPTED.value
