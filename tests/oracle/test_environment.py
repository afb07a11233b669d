"""What the variables of the environment may say of the feeds, and what is said of them when they are wrong."""

from __future__ import annotations

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.environment import FeedsWanted, SettingRefused, read_feeds
from rooms_oracle.limiter import Limit
from rooms_oracle.settings import DEFAULTS

KEY = "s3cret-never-to-be-seen"


def read(**environ: str) -> FeedsWanted:
    """What is asked for by variables that are right."""
    found = read_feeds(environ)
    assert isinstance(found, Ok), found
    return found.value


def refused(**environ: str) -> SettingRefused:
    """What is said of variables that are wrong; never what stands in them."""
    found = read_feeds(environ)
    assert isinstance(found, Err), found
    assert KEY not in repr(found.why)
    return found.why


def test_without_variables_the_feeds_are_the_defaults() -> None:
    """Other variables, and such as are set to nothing, change nothing."""
    assert FeedsWanted(feeds=DEFAULTS) == read(
        PATH="x", ROOMS_DATABASE="y", ROOMS_FEED_OKX_KEY=" ", ROOMS_FEEDS=""
    )


def test_each_field_of_a_feed_can_be_set() -> None:
    """What is not named stays; a key switches on what needs one."""
    wanted = read(
        ROOMS_FEED_JUPITER_KEY=KEY,
        ROOMS_FEED_OKX_ENABLED="false",
        ROOMS_FEED_BINANCE_URL="https://api.binance.com/",
        ROOMS_FEED_BINANCE_WEIGHT="7",
        ROOMS_FEED_BINANCE_LIMIT="1200/60000/100",
        ROOMS_FEED_BINANCE_OFFSET_MS="20",
        ROOMS_FEED_COINBASE_LIMIT="20/1000/30",
        ROOMS_FEED_COINGECKO_KEY_HEADER="x-cg-pro-api-key",
    )
    binance, okx, jupiter = (wanted.feeds[name] for name in ("binance", "okx", "jupiter"))

    assert ("https://api.binance.com", 7, 20) == (binance.base_url, binance.weight, binance.offset_ms)
    assert Limit(units=1_200, per_ms=60_000, burst=100) == binance.limit
    assert not wanted.feeds["coinbase"].limit.counts_windows
    assert (False, True, False) == (okx.on, jupiter.on, wanted.feeds["coingecko"].on)
    assert "x-cg-pro-api-key" == wanted.feeds["coingecko"].key_header
    assert DEFAULTS["kraken"] == wanted.feeds["kraken"]
    assert [KEY] == wanted.secrets
    assert KEY not in repr(wanted)


def test_the_blank_between_a_prefix_and_its_key_stays() -> None:
    """`Bearer ` is written with it; around everything else blanks mean nothing."""
    okx = read(ROOMS_FEED_OKX_KEY=f" {KEY}\n", ROOMS_FEED_OKX_KEY_PREFIX=" Bearer ").feeds["okx"]

    assert {"x-api-key": f"Bearer {KEY}"} == okx.headers()


def test_a_feed_server_stands_for_all_feeds() -> None:
    """Each at its name below the address; a feed with an address of its own keeps that."""
    wanted = read(ROOMS_FEEDS="http://127.0.0.1:8600/", ROOMS_FEED_OKX_URL="https://www.okx.com")

    assert "http://127.0.0.1:8600" == wanted.server
    assert "http://127.0.0.1:8600/binance" == wanted.feeds["binance"].base_url
    assert "https://www.okx.com" == wanted.feeds["okx"].base_url


def test_a_stream_is_switched_on_and_set() -> None:
    """By feed; all are off unless somebody says otherwise, and a feed server has streams of its own."""
    wanted = read(
        ROOMS_FEED_OKX_STREAM="true",
        ROOMS_FEED_OKX_STREAM_URL="wss://example.com/ws/",
        ROOMS_FEED_OKX_STREAM_AGE_MS="1500",
        ROOMS_FEED_OKX_STREAM_SILENCE_MS="5000",
        ROOMS_FEED_OKX_STREAM_LIFE_MS="3600000",
    )
    okx = wanted.feeds["okx"]
    served = read(ROOMS_FEEDS="http://127.0.0.1:8600").feeds

    assert (True, "wss://example.com/ws", 1_500) == (okx.stream, okx.stream_url, okx.stream_age_ms)
    assert (5_000, 3_600_000) == (okx.stream_silence_ms, okx.stream_life_ms)
    assert not any(each.stream for each in DEFAULTS.values())
    assert "ws://127.0.0.1:8600/binance" == served["binance"].stream_url
    assert "" == served["kraken"].stream_url
    for url in ("https://example.com", "ws://example.com", "wss://user@example.com", "wss://e.com/?key=1"):
        assert "ROOMS_FEED_OKX_STREAM_URL" == refused(ROOMS_FEED_OKX_STREAM_URL=url).name


@pytest.mark.parametrize(("given", "seed"), [({}, 7), ({"ROOMS_FEEDS_SEED": "12"}, 12)])
def test_generated_prices_need_no_feed(given: dict[str, str], seed: int) -> None:
    """Only a seed, which has a default."""
    assert FeedsWanted(feeds={}, seed=seed) == read(ROOMS_FEEDS="generated", **given)


@pytest.mark.parametrize(
    ("name", "value", "why", "hint"),
    [
        ("ROOMS_FEEDS", "lively", "neither a word that is known", "Give live, generated, or the address"),
        ("ROOMS_FEEDS", "http://elsewhere.example", "neither", "http://127.0.0.1:8600"),
        ("ROOMS_FEED_OKX_WEIGHT", "much", "valid integer", "from 1 to 1000"),
        ("ROOMS_FEED_OKX_WEIGHT", "0", "greater than or equal to 1", "from 1 to 1000"),
        (
            "ROOMS_FEED_OKX_URL",
            f"https://okx.com/?key={KEY}",
            "without user, password, query",
            "https://host/path",
        ),
        ("ROOMS_FEED_OKX_ENABLED", KEY, "boolean", "true or false"),
        ("ROOMS_FEED_OKX_LIMIT", "20", "nothing could be asked", "UNITS/MS/BURST"),
        ("ROOMS_FEED_OKX_LIMIT", "a/b/c", "nothing could be asked", "UNITS/MS/BURST"),
        ("ROOMS_FEED_OKX_LIMIT", "1/1000/1", "nothing could be asked", "UNITS/MS/BURST"),
        ("ROOMS_FEED_OKX_KEY", f"{KEY}\u00e9", "no header can carry it", "as the vendor wrote it"),
        ("ROOMS_FEED_OKX_KEY", f"{KEY}\r\nhost: x", "no header can carry it", "as the vendor wrote it"),
        ("ROOMS_FEED_OKX_KEY_PREFIX", "Bearer\n", "no header can carry it", "before the key in its header"),
        ("ROOMS_FEED_OKX_KEY_HEADER", "x key:", "no header can have this name", "name of the header"),
        ("ROOMS_FEED_KRAKEN_STREAM", "true", "kraken has no stream", "binance, coinbase and okx have one"),
        ("ROOMS_FEED_PYTH_STREAM_URL", "wss://e.com", "pyth has no stream", "Leave it out"),
        ("ROOMS_FEED_OXK_URL", "https://okx.com", "no feed has such", "Did you mean ROOMS_FEED_OKX_URL?"),
        ("ROOMS_FEED_OKX", KEY, "no feed has such", "ROOMS_FEED_OKX_"),
        ("ROOMS_FEED_QQQQ_ZZZZZZZZ", KEY, "no feed has such", "They are called"),
    ],
)
def test_what_cannot_be_followed_is_named_without_its_value(
    name: str, value: str, why: str, hint: str
) -> None:
    """Which variable, why, and what to write instead."""
    found = refused(**{name: value})

    assert name == found.name
    assert why in found.why
    assert hint in found.hint


def test_a_seed_is_a_whole_number() -> None:
    """It is looked at only where prices are generated."""
    assert "ROOMS_FEEDS_SEED" == refused(ROOMS_FEEDS="generated", ROOMS_FEEDS_SEED="seven").name
    assert FeedsWanted(feeds=DEFAULTS) == read(ROOMS_FEEDS_SEED="seven")
