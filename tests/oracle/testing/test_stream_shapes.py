"""The streams as they speak: what each says of what it does not know, of itself, and of its end."""

from __future__ import annotations

import json

import pytest

from rooms_core.testing.clock import NOON_MS
from rooms_oracle.failures import VendorError
from rooms_oracle.streams import STREAMS
from rooms_oracle.streams.vendor import Refused, Sign
from rooms_oracle.testing.stream_shapes import STREAM_SHAPES, StreamShape

SYMBOLS = {"binance": "SOLUSDT", "coinbase": "SOL-USD", "okx": "SOL-USDT"}


def subscribed(name: str, *more: str) -> tuple[StreamShape, list[str]]:
    """A conversation about SOL in which SOL and more was asked for, and what was answered."""
    shape = STREAM_SHAPES[name]({SYMBOLS[name]: None})
    return shape, shape.hear(STREAMS[name].subscribe([SYMBOLS[name], *more], 1))


def test_coinbase_fails_a_whole_message_for_one_unknown_product() -> None:
    """It names the product, and subscribes none of them."""
    shape, (said,) = subscribed("coinbase", "NOBODY-USD")
    reason = "NOBODY-USD is not a valid product"

    assert Refused(VendorError("Failed to subscribe", reason), reason) == STREAMS["coinbase"].sort(said)
    assert {} == shape.subscribed


def test_okx_refuses_an_unknown_pair_and_serves_the_others() -> None:
    """Each pair has an answer of its own, and the refusal names its pair."""
    shape, (served, refused) = subscribed("okx", "NOBODY-USDT")
    about = STREAMS["okx"].sort(refused)

    assert Sign.BEAT is STREAMS["okx"].sort(served)
    assert isinstance(about, Refused)
    assert ("60018", True) == (about.why.code, "NOBODY-USDT" in about.text)
    assert ["SOL-USDT"] == list(shape.subscribed)


def test_binance_says_nothing_of_an_unknown_symbol() -> None:
    """It is subscribed as any other, and silent."""
    shape, (said,) = subscribed("binance", "NOBODYUSDT")

    assert {"result": None, "id": 1} == json.loads(said)
    assert ["SOLUSDT"] == list(shape.subscribed)


@pytest.mark.parametrize("name, beats", [("binance", 0), ("coinbase", 1), ("okx", 0)])
def test_only_coinbase_says_that_it_is_alive(name: str, beats: int) -> None:
    """A heartbeat for each product; the others answer questions instead."""
    shape, _ = subscribed(name)
    said = shape.beat(NOON_MS)

    assert [Sign.BEAT] * beats == [STREAMS[name].sort(text) for text in said]
    assert (beats > 0) is (shape.beat_seconds > 0)


@pytest.mark.parametrize(
    "name, sign", [("binance", Sign.LEAVING), ("coinbase", Sign.UNKNOWN), ("okx", Sign.LEAVING)]
)
def test_binance_and_okx_say_when_they_are_about_to_close(name: str, sign: Sign) -> None:
    """Coinbase has no word for it: what it says instead tells nothing."""
    shape, _ = subscribed(name)

    assert sign is STREAMS[name].sort(shape.leaving())
