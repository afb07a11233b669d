"""Which feed knows an instrument by which symbol: a reviewed table, for tickers are not unique and names are.

What an operator has written down takes the place of what stands here (`LiveFeeds.learn`). Kraken is listed by its own
names of pairs, so that what is asked for is what is answered. A token is listed by its mint and needs no row:
`pump:<mint>` is priced by the chain, DexScreener and Jupiter, which read the same pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from rooms_core.domain.address import Address, parse_address
from rooms_core.domain.listing import Listed, Listing, RuleChoices, rate_name
from rooms_core.result import Err, Ok
from rooms_oracle.aggregate import INSTANT, Params
from rooms_oracle.heard import Instrument, Profile
from rooms_oracle.settings import FeedSettings
from rooms_oracle.single_pool import POOL_PARAMS

__all__ = [
    "CHAIN",
    "LISTINGS",
    "POOL_FAMILY",
    "POOL_QUOTE",
    "POOL_WEIGHT",
    "Listed",
    "Listing",
    "instrument_of",
    "mint_of",
    "params_of",
    "token_of",
]

POOL_FAMILY: Final = "pool"
POOL_WEIGHT: Final = 10
POOL_QUOTE: Final = "SOL"
"""What the chain's pools are quoted in."""
CHAIN: Final = "chain"
"""The source that reads a token's pool from the chain's own accounts; it is no HTTP feed."""
PUMP_PREFIX: Final = "pump:"
"""Before the mint, in the name of a token and of what DexScreener is asked for by its program's own pools."""
_RATE: Final = RuleChoices(quorum=2)


def mint_of(name: str) -> Address | None:
    """The mint of "pump:<mint>"; None for any other name, and where the mint is no address."""
    if not name.startswith(PUMP_PREFIX):
        return None
    match parse_address(name.removeprefix(PUMP_PREFIX)):
        case Ok(mint):
            return mint
        case Err():
            return None


def params_of(listing: Listing) -> Params:
    """The parameters of the rule for an instrument: those that settle rooms at once, but for what was chosen."""
    chosen = {name: getattr(listing.rule, name) for name in listing.rule.__slots__}
    return replace(INSTANT, **{name: value for name, value in chosen.items() if value is not None})


def instrument_of(listing: Listing, feeds: Mapping[str, FeedSettings]) -> Instrument:
    """The instrument as it is priced by the feeds that are on."""
    on = [each for each in listing.listed if each.feed in feeds]
    return Instrument(
        name=listing.name,
        sources={each.source: (feeds[each.feed].family, feeds[each.feed].weight) for each in on},
        params=params_of(listing),
        rates=replace(listing, listed=tuple(on)).rates,
    )


def token_of(name: str, mint: str, feeds: Iterable[str], *, chain: bool) -> tuple[Instrument, list[Listed]]:
    """A token as it is priced by its pool, and where it is asked for."""
    known_as = {"dexscreener": PUMP_PREFIX + mint, "jupiter": mint}
    listed = [Listed(feed, symbol) for feed, symbol in known_as.items() if feed in feeds]
    sources = [CHAIN] * chain + [each.source for each in listed]
    made = Instrument(
        name=name,
        sources=dict.fromkeys(sources, (POOL_FAMILY, POOL_WEIGHT)),
        params=POOL_PARAMS,
        profile=Profile.SINGLE_POOL,
        rates=(rate_name(POOL_QUOTE),),
    )
    return made, listed


def _coin(symbol: str, *, kraken: str, coingecko: str, pyth: str, mint: str = "") -> Listing:
    on_chain = (Listed("dexscreener", mint), Listed("jupiter", mint)) if mint else ()
    return Listing(
        name=rate_name(symbol),
        listed=(
            Listed("binance", f"{symbol}USDT", "USDT"),
            Listed("coinbase", f"{symbol}-USD"),
            Listed("kraken", kraken),
            Listed("okx", f"{symbol}-USDT", "USDT"),
            Listed("pyth", pyth),
            Listed("coingecko", coingecko),
            Listed("cryptocompare", symbol),
            *on_chain,
        ),
    )


LISTINGS: Final = (
    _coin(
        "BTC",
        kraken="XXBTZUSD",
        coingecko="bitcoin",
        pyth="e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43",
    ),
    _coin(
        "ETH",
        kraken="XETHZUSD",
        coingecko="ethereum",
        pyth="ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace",
    ),
    _coin(
        "SOL",
        kraken="SOLUSD",
        coingecko="solana",
        pyth="ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d",
        mint="So11111111111111111111111111111111111111112",
    ),
    Listing(
        name="USDT/USD",
        listed=(
            Listed("coinbase", "USDT-USD"),
            Listed("kraken", "USDTZUSD"),
            Listed("coingecko", "tether"),
            Listed("cryptocompare", "USDT"),
        ),
        rule=_RATE,
    ),
)
"""What is listed unless somebody says otherwise."""
