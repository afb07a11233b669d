"""Which families can have a vote, by what is listed and which feeds are on."""

from __future__ import annotations

from rooms_core.domain.listing import Listed, Listing, RuleChoices
from rooms_oracle.listing import LISTINGS
from rooms_oracle.reach import families_of, reaches_quorum
from rooms_oracle.settings import DEFAULTS

KNOWN = {each.name: each for each in LISTINGS}
ON = {name: DEFAULTS[name] for name in ("binance", "coinbase", "kraken", "okx", "pyth")}


def test_feeds_that_are_on_have_a_vote_for_each_family() -> None:
    """A feed that lacks its key has none."""
    assert {"binance", "coinbase", "kraken", "okx"} == families_of("SOL/USD", KNOWN, ON)
    assert reaches_quorum("SOL/USD", KNOWN, ON)
    assert not families_of("WIF/USD", KNOWN, ON)
    assert not reaches_quorum("WIF/USD", KNOWN, ON)


def test_what_is_quoted_in_a_currency_without_a_price_has_no_vote() -> None:
    """The Tether needs two families; without one of them Binance and OKX say nothing in dollars."""
    less = {name: ON[name] for name in ("binance", "okx", "coinbase")}

    assert {"coinbase"} == families_of("SOL/USD", KNOWN, less)
    assert not reaches_quorum("SOL/USD", KNOWN, less)


def test_the_quorum_is_the_listings_own() -> None:
    """Two may do where somebody has decided so."""
    two = Listing(
        name="SOL/USD",
        listed=(Listed("coinbase", "SOL-USD"), Listed("kraken", "SOLUSD")),
        rule=RuleChoices(quorum=2),
    )

    assert reaches_quorum("SOL/USD", KNOWN | {"SOL/USD": two}, ON)


def test_prices_in_a_circle_reach_nothing() -> None:
    """However they came to be listed so."""
    circle = {
        "A/USD": Listing(name="A/USD", listed=(Listed("okx", "A-B", "B"), Listed("kraken", "AUSD"))),
        "B/USD": Listing(name="B/USD", listed=(Listed("okx", "B-A", "A"),)),
    }

    assert {"kraken"} == families_of("A/USD", circle, ON)
