"""What a running process is told, and what it says of it."""

from __future__ import annotations

from rooms_cli.loops.settings import RunSettings, why
from rooms_core.result import Ok
from rooms_oracle.environment import read_feeds

KEY = "s3cret-never-to-be-seen"


def told(place: str = "b.db", **environ: str) -> RunSettings:
    """Settings from variables that are right."""
    found = read_feeds(environ)
    assert isinstance(found, Ok), found
    return RunSettings(place=place, roles=("monitor",), feeds=found.value)


def test_prices_that_are_no_venues_are_told_loudly() -> None:
    """Made up, or asked of a feed server; nobody should take them for real."""
    assert "live" == told().prices
    assert "MADE UP" in told(ROOMS_FEEDS="generated").prices
    assert "NOT OF THE VENUES" in told(ROOMS_FEEDS="http://127.0.0.1:8600").prices


def test_each_feed_says_what_decided_whether_it_is_on() -> None:
    """A key, a variable, or the default."""
    feeds = told(
        ROOMS_FEED_OKX_ENABLED="0", ROOMS_FEED_PYTH_ENABLED="yes", ROOMS_FEED_JUPITER_KEY=KEY
    ).feeds.feeds

    assert "on" == why("binance", feeds["binance"]) == why("jupiter", feeds["jupiter"])
    assert "off by ROOMS_FEED_OKX_ENABLED" == why("okx", feeds["okx"])
    assert "on by ROOMS_FEED_PYTH_ENABLED" == why("pyth", feeds["pyth"])
    assert "off: it needs a key in ROOMS_FEED_COINGECKO_KEY" == why("coingecko", feeds["coingecko"])


def test_too_few_families_are_noticed() -> None:
    """Two feeds of one family have one vote; made-up prices need none."""
    off = {f"ROOMS_FEED_{name}_ENABLED": "no" for name in ("BINANCE", "COINBASE", "KRAKEN")}

    assert told().too_few is None
    assert 2 == told(**off).too_few
    assert told(ROOMS_FEEDS="generated", **off).too_few is None


def test_secrets_are_keys_and_passwords_as_they_are_written_and_meant() -> None:
    """A file has none."""
    place = "postgresql://me:p%40ss@here/books?sslpassword=other&x=1"

    assert [] == told("a:b@c.db").secrets
    assert {KEY, "p%40ss", "p@ss", "other"} == set(told(place, ROOMS_FEED_PYTH_KEY=KEY).secrets)
