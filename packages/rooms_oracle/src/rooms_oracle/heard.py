"""What the oracle asks of its feeds: quotes for a tick, candles for a minute. Silence is an empty answer.

Recorded days (`replay`), seeded markets (`generated`) and live venues all answer in these words. Prices are
whole numbers of 10^-12 of the quote currency; times are ms since the Unix epoch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from rooms_oracle.aggregate import Params

USD: Final = "USD"
TICK_MS: Final = 3_000
"""Ticks lie on multiples of this since the Unix epoch (decision R5)."""
TICK_CLOSES_MS: Final = 1_500
"""What is received later than this after a tick does not enter it."""
MINUTE_MS: Final = 60_000


class Profile(StrEnum):
    """How an instrument is priced: by independent venues, or by the one pool all of its sources read."""

    VENUES = "venues"
    SINGLE_POOL = "single-pool"


class Quote(NamedTuple):
    """What a source said at one tick, in its own quote currency. A tuple, because a tick makes dozens of them.

    `ts_source` is the source's own time, given only where it can be trusted. `raw` is the price as it was sent.
    """

    source: str
    family: str
    price: int
    conf: int
    weight: int
    ts_request_start: int
    ts_received: int
    ts_source: int | None = None
    quote: str = USD
    raw: str = ""
    body_sha256: str = ""


class Candle(NamedTuple):
    """One minute of one source: first, highest, lowest and last price, in its quote currency."""

    source: str
    family: str
    weight: int
    minute_ms: int
    open: int
    high: int
    low: int
    close: int
    quote: str = USD


class PoolState(NamedTuple):
    """What the chain says of a token's pool: supply in base units, its decimals, and how deep the pool is.

    A pool read from the chain knows its SOL side in `lamports`; its dollars follow from the tick's price of SOL. It
    knows its `address` and the `slot` it was read at, too.
    """

    supply: int
    decimals: int
    liquidity_cents: int
    fee_ppm: int
    on_curve: bool = True
    lamports: int | None = None
    address: str = ""
    slot: int | None = None


class Heard(NamedTuple):
    """All that was heard of one instrument by the end of a tick; `silent` names, by source, why the others were not."""

    quotes: Sequence[Quote]
    pool: PoolState | None = None
    silent: Mapping[str, str] = MappingProxyType({})


SILENCE: Final = Heard(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What is priced, by which settings, and by which rates its foreign quotes become dollars, in order.

    `sources` maps source → (family, weight): the settings in force, named in every record.
    """

    name: str
    sources: Mapping[str, tuple[str, int]]
    params: Params
    profile: Profile = Profile.VENUES
    rates: tuple[str, ...] = ()

    @property
    def single_pool(self) -> bool:
        """Whether one pool prices it: touches take longer, and there are no candles."""
        return self.profile is Profile.SINGLE_POOL


class FeedSource(Protocol):
    """Where quotes and candles come from. Nothing here raises: what cannot be had is absent."""

    def instrument(self, name: str) -> Instrument | None:
        """The settings of an instrument or rate ("BTC/USD", "USDT/USD", "pump:<mint>"); None if it is unknown."""
        ...

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """All that is received for these instruments by the end of a tick; an absent name was silent."""
        ...

    def askable(self, now_ms: int) -> int:
        """The newest tick for which `collect` can bring something if it is called at `now_ms`; it may lie ahead."""
        ...

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """The candles of the minute that began at `minute_ms`; asked 10 s after its end or later."""
        ...
