"""Settings keep keys to themselves and addresses clean."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from rooms_oracle.feeds import VENDORS
from rooms_oracle.limiter import Limit
from rooms_oracle.settings import DEFAULTS, FeedSettings

LIMIT = Limit(units=10, per_ms=1_000, burst=5)


def settings(**given: object) -> FeedSettings:
    """Settings with a few fields of their own."""
    return FeedSettings.model_validate(
        {"base_url": "https://x.example", "family": "x", "limit": LIMIT, **given}
    )


def test_each_feed_has_defaults() -> None:
    """And no defaults are without a feed."""
    assert [vendor.name for vendor in VENDORS] == list(DEFAULTS)


def test_what_needs_no_key_is_on() -> None:
    """Four families price coins without any key."""
    assert ["binance", "coinbase", "kraken", "okx", "dexscreener"] == [
        name for name, each in DEFAULTS.items() if each.on
    ]


@pytest.mark.parametrize(
    "given, on",
    [
        ({}, True),
        ({"enabled": False}, False),
        ({"needs_key": True}, False),
        ({"needs_key": True, "key": "k"}, True),
        ({"needs_key": True, "enabled": True}, True),
    ],
)
def test_a_key_switches_a_feed_on_unless_somebody_says_otherwise(given: dict[str, object], on: bool) -> None:
    """`enabled` decides; without it, whether the key that is needed is there."""
    assert on is settings(**given).on


@pytest.mark.parametrize(
    "address",
    [
        *("http://api.example", "ftp://api.example", "api.example", "https://", "https://u:p@api.example"),
        *("https://api.example?key=1", "https://api.example/#x", "http://127.0.0.1.example"),
    ],
)
def test_an_address_is_host_and_path_over_tls(address: str) -> None:
    """A key in an address would end in every log; plain HTTP is for this machine."""
    with pytest.raises(ValidationError):
        settings(base_url=address)


def test_this_machine_may_be_asked_in_the_clear() -> None:
    """The feed server listens there; a slash at the end does not matter."""
    assert "http://127.0.0.1:8080/binance" == settings(base_url="http://127.0.0.1:8080/binance/").base_url


def test_a_key_goes_into_its_header_and_nowhere_else() -> None:
    """Neither repr nor JSON shows it, and a vendor who says it back is not quoted."""
    own = settings(key=SecretStr("s3cret"), key_header="authorization", key_prefix="Bearer ")

    assert {"authorization": "Bearer s3cret"} == own.headers()
    assert {} == settings().headers()
    assert "s3cret" not in repr(own) + str(own) + own.model_dump_json()
    assert "key *** is unknown" == own.without_key("key s3cret is unknown")
    assert "as it is" == settings().without_key("as it is")


def test_settings_are_frozen_and_complete() -> None:
    """Nothing is changed in passing, and a misspelt field is noticed."""
    with pytest.raises(ValidationError):
        settings(wieght=3)
    with pytest.raises(ValidationError):
        settings().__setattr__("weight", 3)
