"""The feeds, one file each: what its answers look like, how it is asked, what that means in our words."""

from __future__ import annotations

from typing import Final

from rooms_oracle.feeds.binance import Binance
from rooms_oracle.feeds.coinbase import Coinbase
from rooms_oracle.feeds.coingecko import CoinGecko
from rooms_oracle.feeds.cryptocompare import CryptoCompare
from rooms_oracle.feeds.dexscreener import DexScreener
from rooms_oracle.feeds.jupiter import Jupiter
from rooms_oracle.feeds.kraken import Kraken
from rooms_oracle.feeds.okx import Okx
from rooms_oracle.feeds.pyth import Pyth
from rooms_oracle.feeds.vendor import Vendor

VENDORS: Final[tuple[Vendor, ...]] = (
    Binance(),
    Coinbase(),
    Kraken(),
    Okx(),
    Pyth(),
    CoinGecko(),
    CryptoCompare(),
    DexScreener(),
    Jupiter(),
)
"""Every feed that is asked over HTTP. What the chain itself says of a token is read by `pumpfun`."""
