"""Coinbase's stream: heartbeats, refusals, and what has no question."""

from __future__ import annotations

import json

import pytest

from rooms_oracle.failures import VendorError
from rooms_oracle.streams.coinbase import CoinbaseStream
from rooms_oracle.streams.vendor import Refused, Sign, Sorted

STREAM = CoinbaseStream()
REASON = "X-USD is not a valid product"


@pytest.mark.parametrize(
    "text, about",
    [
        ('{"type":"heartbeat","sequence":9,"product_id":"SOL-USD"}', Sign.BEAT),
        ('{"type":"subscriptions","channels":[]}', Sign.BEAT),
        (
            '{"type":"error","message":"Failed to subscribe","reason":"X-USD is not a valid product"}',
            Refused(VendorError("Failed to subscribe", REASON), REASON),
        ),
        ('{"type":"error"}', Refused(VendorError("", ""), "")),
        ('{"type":"ticker"}', Sign.UNKNOWN),
        ('{"type":"match","product_id":"SOL-USD"}', Sign.UNKNOWN),
        ("no", Sign.UNKNOWN),
    ],
)
def test_messages_without_a_price(text: str, about: Sorted) -> None:
    """Signs of life, refusals, and what nobody knows."""
    assert about == STREAM.sort(text)


def test_heartbeats_come_with_the_tickers() -> None:
    """So that a quiet product is told from a dead line, without a question."""
    assert {
        "type": "subscribe",
        "product_ids": ["SOL-USD"],
        "channels": ["ticker", "heartbeat"],
    } == json.loads(STREAM.subscribe(["SOL-USD"], 1))
    assert ("", 0) == (STREAM.question(1), STREAM.question_ms)
