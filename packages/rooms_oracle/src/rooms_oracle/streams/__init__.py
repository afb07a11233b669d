"""The feeds that also send by themselves, one file each: how they are asked to, and what their messages mean."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rooms_oracle.streams.binance import BinanceStream
from rooms_oracle.streams.coinbase import CoinbaseStream
from rooms_oracle.streams.okx import OkxStream
from rooms_oracle.streams.vendor import StreamVendor

STREAMS: Final[Mapping[str, StreamVendor]] = MappingProxyType(
    {vendor.name: vendor for vendor in (BinanceStream(), CoinbaseStream(), OkxStream())}
)
"""By the name of the feed, whose symbols, family and weight they share."""
