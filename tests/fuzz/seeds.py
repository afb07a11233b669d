"""Bodies to begin with: what the feed server answers, whole and with its faults, and accounts as the chain keeps them.

Everything is generated; nothing was recorded.
"""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple
from urllib.parse import urlencode

from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_oracle.feeds import VENDORS
from rooms_oracle.feeds.vendor import Call, Moment, Vendor
from rooms_oracle.generated import GeneratedFeeds, Token
from rooms_oracle.listing import LISTINGS
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer

MINT: Final = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
AT: Final = Moment(NOON_MS, NOON_MS // 400)
MINUTE_MS: Final = NOON_MS - 60_000
_SPOILED: Final = (
    Fault.ZERO,
    Fault.NEGATIVE,
    Fault.NAN,
    Fault.NULL,
    Fault.SWAPPED,
    Fault.AHEAD,
    Fault.ERROR_200,
)
_ASKED: Final = 2


class Asked(NamedTuple):
    """A call to a feed, and the bodies it may be answered with; the first is a good one."""

    vendor: Vendor
    call: Call
    bodies: tuple[bytes, ...]


def symbols_of(vendor: Vendor) -> tuple[str, ...]:
    """Some symbols of a feed, and for those that know tokens a token; never more than one call carries."""
    listed = [each.symbol for listing in LISTINGS for each in listing.listed if each.feed == vendor.name]
    token = {"dexscreener": [f"pump:{MINT}"], "jupiter": [MINT]}.get(vendor.name, [])
    return tuple([*token, *listed][: min(_ASKED, vendor.batch)])


def tickers() -> list[Asked]:
    """A question for prices to each feed."""
    return [_asked(vendor, vendor.call(symbols_of(vendor))) for vendor in VENDORS]


def candles() -> list[Asked]:
    """A question for a minute's candle to each feed that has them."""
    found = [(vendor, vendor.candle_call(symbols_of(vendor)[0], MINUTE_MS)) for vendor in VENDORS]
    return [_asked(vendor, call) for vendor, call in found if call is not None]


def _asked(vendor: Vendor, call: Call) -> Asked:
    return Asked(vendor, call, tuple(asyncio.run(_bodies(vendor, call))))


async def _bodies(vendor: Vendor, call: Call) -> list[bytes]:
    tokens = [Token(mint=MINT, sol_price=28 * 10**3)]
    server = FeedServer(GeneratedFeeds(7, tokens=tokens), ManualClock(NOON_MS), mints=[MINT])
    bodies = []
    for fault in (None, *_SPOILED):
        server.faults = {} if fault is None else {vendor.name: fault}
        sent = await server.answer(f"/{vendor.name}{call.path}?{urlencode(call.params)}", {})
        if sent.body not in bodies:
            bodies.append(sent.body)
    return bodies
