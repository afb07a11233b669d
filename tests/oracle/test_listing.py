"""Which feed knows an instrument by which symbol."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.listing import RuleChoices
from rooms_oracle.aggregate import INSTANT
from rooms_oracle.feeds import VENDORS
from rooms_oracle.heard import Profile
from rooms_oracle.listing import LISTINGS, instrument_of, mint_of, params_of, token_of
from rooms_oracle.settings import DEFAULTS

SOL = next(each for each in LISTINGS if each.name == "SOL/USD")
MINT = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"


def test_only_feeds_that_are_on_price_an_instrument() -> None:
    """Sources carry family and weight of the feed's settings; foreign quotes name their rate."""
    made = instrument_of(SOL, {name: DEFAULTS[name] for name in ("binance", "coinbase", "coingecko")})

    assert {
        "binance:SOLUSDT": ("binance", 10),
        "coinbase:SOL-USD": ("coinbase", 10),
        "coingecko:solana": ("aggregator", 5),
    } == made.sources
    assert ("USDT/USD",) == made.rates
    assert () == instrument_of(SOL, {"coinbase": DEFAULTS["coinbase"]}).rates


def test_every_row_names_a_feed_that_exists() -> None:
    """And no feed knows two instruments by one symbol."""
    rows = [(each.feed, each.symbol) for listing in LISTINGS for each in listing.listed]

    assert {feed for feed, _ in rows} <= {vendor.name for vendor in VENDORS}
    assert len(rows) == len(set(rows))


def test_a_parameter_that_was_chosen_is_in_force() -> None:
    """The others are those of prices that settle rooms."""
    chosen = replace(SOL, rule=RuleChoices(quorum=4, tol_floor_ppm=500))

    assert replace(INSTANT, quorum=4, tol_floor_ppm=500) == instrument_of(chosen, DEFAULTS).params
    assert INSTANT == params_of(SOL)


def test_a_rate_is_a_consensus_of_two() -> None:
    """Coins need three families, the stablecoins they are quoted in two."""
    assert {"BTC/USD": 3, "ETH/USD": 3, "SOL/USD": 3, "USDT/USD": 2} == {
        each.name: params_of(each).quorum for each in LISTINGS
    }


@pytest.mark.parametrize(
    "name, mint", [(f"pump:{MINT}", MINT), ("pump:nonsense", None), ("SOL/USD", None), (MINT, None)]
)
def test_a_token_is_named_by_its_mint(name: str, mint: str | None) -> None:
    """What is no address is no token."""
    assert mint == mint_of(name)


def test_the_sources_of_a_token_are_one_family() -> None:
    """Chain, DexScreener and Jupiter read the same pool; its price rests on that of SOL."""
    made, listed = token_of(f"pump:{MINT}", MINT, ["dexscreener", "jupiter", "binance"], chain=True)

    assert ["chain", f"dexscreener:pump:{MINT}", f"jupiter:{MINT}"] == list(made.sources)
    assert {("pool", 10)} == set(made.sources.values())
    assert (Profile.SINGLE_POOL, ("SOL/USD",)) == (made.profile, made.rates)
    assert ["dexscreener", "jupiter"] == [each.feed for each in listed]
    assert "chain" not in token_of(f"pump:{MINT}", MINT, ["jupiter"], chain=False)[0].sources
