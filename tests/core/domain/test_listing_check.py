"""Which rows may stand in the table of instruments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.listing import Listed, Listing, RuleChoices
from rooms_core.domain.listing_check import (
    BOUNDS,
    LISTED_MAX,
    ListedCount,
    ListingRefused,
    NameRefused,
    ParameterRefused,
    QuoteRefused,
    RatesInCircle,
    RateUnknown,
    SymbolRefused,
    check_listing,
)
from rooms_core.result import Err, Ok

USDT = Listing(name="USDT/USD", listed=(Listed("coinbase", "USDT-USD"),))
SOL = Listing(name="SOL/USD", listed=(Listed("binance", "SOLUSDT", "USDT"), Listed("coinbase", "SOL-USD")))
KNOWN = {"USDT/USD": USDT}


def test_a_row_whose_rates_are_listed_is_good() -> None:
    """Also with parameters of its own, at either end of their bounds."""
    least = RuleChoices(**{name: bounds[0] for name, bounds in BOUNDS.items()})
    most = RuleChoices(**{name: bounds[1] for name, bounds in BOUNDS.items()})

    assert Ok(None) == check_listing(SOL, KNOWN)
    assert Ok(None) == check_listing(replace(SOL, rule=least), KNOWN)
    assert Ok(None) == check_listing(replace(SOL, rule=most), KNOWN)


@pytest.mark.parametrize(
    "name",
    [
        "SOL",
        "SOL/EUR",
        "sol/USD",
        "/USD",
        "USD/USD",
        "SOL/USD/USD",
        "SÖL/USD",
        "A" * 11 + "/USD",
        "",
    ],
)
def test_a_name_is_capitals_and_the_dollar(name: str) -> None:
    """Whatever else it is, it is no instrument of this table."""
    assert Err(NameRefused(name)) == check_listing(replace(SOL, name=name), KNOWN)


@pytest.mark.parametrize(
    "listed, refused",
    [
        ((), ListedCount(0, LISTED_MAX)),
        ((Listed("kraken", ""),), SymbolRefused("kraken", "")),
        ((Listed("kraken", "SOL USD"),), SymbolRefused("kraken", "SOL USD")),
        ((Listed("kraken", "SOL€"),), SymbolRefused("kraken", "SOL€")),
        ((Listed("kraken", "S" * 101),), SymbolRefused("kraken", "S" * 101)),
        ((Listed("Kraken", "SOLUSD"),), SymbolRefused("Kraken", "SOLUSD")),
        ((Listed("kraken", "SOLUSD", "usd"),), QuoteRefused("kraken", "usd")),
        ((Listed("kraken", "SOLSOL", "SOL"),), QuoteRefused("kraken", "SOL")),
        (
            (Listed("kraken", "SOLUSD"), Listed("kraken", "SOLUSDT", "USDT")),
            ListedCount(2, LISTED_MAX, "kraken"),
        ),
        (
            tuple([Listed(f"feed{each}", "S") for each in range(LISTED_MAX + 1)]),
            ListedCount(LISTED_MAX + 1, LISTED_MAX),
        ),
        ((Listed("kraken", "SOLEUR", "EUR"),), RateUnknown("EUR/USD")),
    ],
)
def test_a_place_that_cannot_be_asked_is_refused(listed: tuple[Listed, ...], refused: ListingRefused) -> None:
    """With the feed, and what is wrong with it."""
    assert Err(refused) == check_listing(replace(SOL, listed=listed), KNOWN)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_parameter_keeps_its_bounds(name: str) -> None:
    """A quorum of one would be a price that one venue sets."""
    least, most = BOUNDS[name]
    for value in (least - 1, most + 1):
        rule = RuleChoices(**{name: value})
        assert Err(ParameterRefused(name, value, least, most)) == check_listing(
            replace(SOL, rule=rule), KNOWN
        )


def test_prices_that_rest_on_one_another_are_refused() -> None:
    """Over any number of steps, and also where the circle closes behind the row that is added."""
    usdt = replace(USDT, listed=(Listed("kraken", "USDTEUR", "EUR"),))
    eur = Listing(name="EUR/USD", listed=(Listed("kraken", "EURUSDT", "USDT"),))

    assert Err(RatesInCircle(("USDT/USD", "EUR/USD", "USDT/USD"))) == check_listing(usdt, {"EUR/USD": eur})
    assert Err(RatesInCircle(("USDT/USD", "EUR/USD", "USDT/USD"))) == check_listing(
        SOL, {"USDT/USD": usdt, "EUR/USD": eur}
    )
    assert Err(RateUnknown("EUR/USD")) == check_listing(SOL, {"USDT/USD": usdt})
