"""Where the feeds are and how they may be asked: all of it can be set, and each has a default that keeps to the limits.

Feeds that need no key are on, the others as soon as they have one. Two kinds of feeds are no independent witnesses and
share a family each: those computed from exchanges, and those that read the same pools.
"""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from rooms_oracle.limiter import Limit

CONNECT_MS: Final = 500
TOTAL_MS: Final = 1_500
BODY_MOST: Final = 4 * 2**20
STREAM_AGE_MS: Final = 2_000
STREAM_SILENCE_MS: Final = 6_000
STREAM_LIFE_MS: Final = 23 * 3_600_000
"""Binance cuts a connection after 24 h."""
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HERE: Final = ("127.0.0.1", "localhost", "::1")
_MINUTE_MS: Final = 60_000
_MONTH_MS: Final = 30 * 86_400_000


def _address(written: str) -> str:
    """https, or http on this machine; no user, no query: a key does not belong into an address."""
    parts = urlsplit(written)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise ValueError("a feed's address begins with https:// (http:// on this machine only)")
    if not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a feed's address is host and path, without user, password, query or fragment")
    return written.rstrip("/")


def _stream_address(written: str) -> str:
    """wss, or ws on this machine; "" for a feed without a stream."""
    scheme, colon, rest = written.partition(":")
    if written and scheme not in ("wss", "ws"):
        raise ValueError("a stream's address begins with wss:// (ws:// on this machine only)")
    return scheme + colon + _address(f"http{scheme[2:]}:{rest}").partition(":")[2] if written else written


def _header_name(written: str) -> str:
    """What HTTP calls a token."""
    if not _HEADER_NAME.fullmatch(written):
        raise ValueError("no header can have this name")
    return written


def _header_text(written: str) -> str:
    """What a header can carry; anything else would break each call, and a line end begin another header."""
    if not written.isascii() or not written.isprintable():
        raise ValueError("no header can carry it: only ASCII on one line can be sent")
    return written


def _key(secret: SecretStr) -> SecretStr:
    _header_text(secret.get_secret_value())
    return secret


class FeedSettings(BaseModel):
    """One feed. `enabled` None: on, unless it needs a key and has none. The key never leaves but in its header.

    `every_ms`: it is asked on a tick only so long after the last time. `offset_ms`: so long after the tick's start.

    `stream`: take what it sends by itself from `stream_url`, and ask for the rest. What was sent longer than
    `stream_age_ms` ago is asked for; a connection is given up after `stream_silence_ms` without any message, and
    replaced after `stream_life_ms`.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    base_url: Annotated[str, AfterValidator(_address)]
    family: str
    weight: Annotated[int, Field(ge=1, le=1_000)] = 10
    limit: Limit
    enabled: bool | None = None
    needs_key: bool = False
    key: Annotated[SecretStr, AfterValidator(_key)] | None = None
    key_header: Annotated[str, AfterValidator(_header_name)] = "x-api-key"
    key_prefix: Annotated[str, AfterValidator(_header_text)] = ""
    every_ms: Annotated[int, Field(ge=0)] = 0
    offset_ms: Annotated[int, Field(ge=0, le=300)] = 0
    connect_ms: Annotated[int, Field(ge=1, le=5_000)] = CONNECT_MS
    total_ms: Annotated[int, Field(ge=1, le=10_000)] = TOTAL_MS
    body_most: Annotated[int, Field(ge=1_024)] = BODY_MOST
    stream: bool = False
    stream_url: Annotated[str, AfterValidator(_stream_address)] = ""
    stream_age_ms: Annotated[int, Field(ge=100, le=10_000)] = STREAM_AGE_MS
    stream_silence_ms: Annotated[int, Field(ge=500, le=60_000)] = STREAM_SILENCE_MS
    stream_life_ms: Annotated[int, Field(ge=1_000, le=86_000_000)] = STREAM_LIFE_MS

    @property
    def on(self) -> bool:
        """Whether it is asked at all."""
        return (self.key is not None or not self.needs_key) if self.enabled is None else self.enabled

    def headers(self) -> dict[str, str]:
        """What identifies us to the feed."""
        if self.key is None:
            return {}
        return {self.key_header: self.key_prefix + self.key.get_secret_value()}

    def without_key(self, text: str) -> str:
        """A text of the feed's in which our key, should it say it back, is not to be read."""
        secret = "" if self.key is None else self.key.get_secret_value()
        return text.replace(secret, "***") if secret else text


DEFAULTS: Final = {
    "binance": FeedSettings(
        base_url="https://data-api.binance.vision",
        stream_url="wss://data-stream.binance.vision/stream",
        family="binance",
        limit=Limit(units=6_000, per_ms=_MINUTE_MS, burst=2_000),
    ),
    "coinbase": FeedSettings(
        base_url="https://api.exchange.coinbase.com",
        stream_url="wss://ws-feed.exchange.coinbase.com",
        family="coinbase",
        limit=Limit(units=10, per_ms=1_000, burst=15, counts_windows=False),
        offset_ms=50,
    ),
    "kraken": FeedSettings(
        base_url="https://api.kraken.com",
        family="kraken",
        limit=Limit(units=15, per_ms=15_000, burst=5),
        offset_ms=100,
    ),
    "okx": FeedSettings(
        base_url="https://www.okx.com",
        stream_url="wss://ws.okx.com:8443/ws/v5/public",
        family="okx",
        limit=Limit(units=20, per_ms=2_000, burst=10),
        offset_ms=150,
    ),
    "pyth": FeedSettings(
        base_url="https://hermes.pyth.network",
        family="pyth",
        limit=Limit(units=30, per_ms=10_000, burst=15),
        needs_key=True,
        key_header="authorization",
        key_prefix="Bearer ",
        offset_ms=200,
    ),
    "coingecko": FeedSettings(
        base_url="https://api.coingecko.com/api/v3",
        family="aggregator",
        weight=5,
        limit=Limit(units=10_000, per_ms=_MONTH_MS, burst=100),
        needs_key=True,
        key_header="x-cg-demo-api-key",
        every_ms=330_000,
        offset_ms=300,
    ),
    "cryptocompare": FeedSettings(
        base_url="https://min-api.cryptocompare.com",
        family="aggregator",
        weight=5,
        limit=Limit(units=300, per_ms=_MINUTE_MS, burst=20),
        needs_key=True,
        key_header="authorization",
        key_prefix="Apikey ",
        offset_ms=300,
    ),
    "dexscreener": FeedSettings(
        base_url="https://api.dexscreener.com",
        family="solana-dex",
        weight=5,
        limit=Limit(units=300, per_ms=_MINUTE_MS, burst=15),
        offset_ms=250,
    ),
    "jupiter": FeedSettings(
        base_url="https://api.jup.ag",
        family="solana-dex",
        weight=5,
        limit=Limit(units=60, per_ms=_MINUTE_MS, burst=10),
        needs_key=True,
        offset_ms=250,
    ),
}
"""The feeds by name. An operator replaces fields, never the shape (`model_copy(update=…)`)."""
