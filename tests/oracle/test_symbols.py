"""What the letters of a symbol say before anybody is asked."""

from __future__ import annotations

import pytest

from rooms_core.domain.listing import Listed
from rooms_oracle.feeds import VENDORS
from rooms_oracle.listing import LISTINGS
from rooms_oracle.symbols import KNOWN, trouble

MINT = "So11111111111111111111111111111111111111112"


def test_every_feed_is_known_and_every_built_in_row_is_good() -> None:
    """The table of patterns is that of the feeds."""
    assert {vendor.name for vendor in VENDORS} == set(KNOWN)
    assert [] == [said for row in LISTINGS for each in row.listed if (said := trouble(each)) is not None]


@pytest.mark.parametrize(
    "listed, said",
    [
        (Listed("mtgox", "SOLUSD"), "no feed mtgox"),
        (Listed("binance", "SOLUSDT"), "does not end with USD:"),
        (Listed("binance", "USDTSOL", "USDT"), "does not end with USDT"),
        (Listed("binance", "SOL-USDT", "USDT"), "no symbol of binance"),
        (Listed("coinbase", "USD-SOL"), "turned around"),
        (Listed("coinbase", "SOLUSD"), "no symbol of coinbase"),
        (Listed("kraken", "solusd"), "no symbol of kraken"),
        (Listed("okx", "SOL-USDT-SWAP", "USDT"), "no symbol of okx"),
        (Listed("pyth", "0x" + "e" * 62), "64 hexadecimal digits"),
        (Listed("pyth", "e" * 64, "USDT"), "pyth answers in dollars, not in USDT"),
        (Listed("coingecko", "Solana"), "no symbol of coingecko"),
        (Listed("cryptocompare", "sol"), "no symbol of cryptocompare"),
        (Listed("jupiter", MINT + "0"), "the address of a mint"),
    ],
)
def test_a_symbol_that_cannot_be_right_is_told(listed: Listed, said: str) -> None:
    """In a sentence with what it should look like."""
    assert said in (trouble(listed) or "")


@pytest.mark.parametrize(
    "listed",
    [
        Listed("binance", "1000SATSUSDT", "USDT"),
        Listed("kraken", "USDCEUR", "EUR"),
        Listed("dexscreener", MINT),
        Listed("pyth", "0a" * 32),
    ],
)
def test_a_symbol_that_may_be_right_is_left_to_the_feed(listed: Listed) -> None:
    """Digits, other quotes, addresses."""
    assert trouble(listed) is None
