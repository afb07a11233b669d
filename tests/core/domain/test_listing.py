"""Listed instruments: names, rates, and what is in force."""

from __future__ import annotations

from dataclasses import replace

from rooms_core.domain.listing import Listed, Listing, ListingRevision, in_force, rate_name

SOL = Listing(
    name="SOL/USD",
    listed=(
        Listed("okx", "SOL-USDT", "USDT"),
        Listed("coinbase", "SOL-USD"),
        Listed("kraken", "SOLEUR", "EUR"),
        Listed("binance", "SOLUSDT", "USDT"),
    ),
)


def test_an_observation_goes_by_feed_and_symbol() -> None:
    """That name stands in every record."""
    assert "okx:SOL-USDT" == SOL.listed[0].source


def test_foreign_quotes_name_their_rates() -> None:
    """Each once and in order; dollars need none."""
    assert ("EUR/USD", "USDT/USD") == SOL.rates
    assert () == replace(SOL, listed=SOL.listed[1:2]).rates
    assert "EUR/USD" == rate_name("EUR")
    assert "SOL" == SOL.base


def test_what_was_written_down_takes_the_place_of_what_is_built_in() -> None:
    """By name; what nobody touched stays."""
    btc, ours = Listing(name="BTC/USD", listed=()), replace(SOL, listed=SOL.listed[:1])
    revision = ListingRevision(listing=ours, number=3, by="ann", at_ms=1)

    assert {"SOL/USD": ours, "BTC/USD": btc} == in_force([SOL, btc], [revision])
