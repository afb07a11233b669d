"""Binance's stream: what it answers to methods, and how it says good-bye."""

from __future__ import annotations

import json

import pytest

from rooms_oracle.failures import VendorError
from rooms_oracle.streams.binance import BinanceStream
from rooms_oracle.streams.vendor import Answer, Refused, Sign, Sorted

STREAM = BinanceStream()


@pytest.mark.parametrize(
    "text, about",
    [
        ('{"result":true,"id":7}', Answer(7)),
        ('{"result":null,"id":1}', Answer(1)),
        ('{"result":null,"id":"7"}', Sign.UNKNOWN),
        ('{"id":7}', Sign.UNKNOWN),
        ('{"code":2,"msg":"Invalid request"}', Refused(VendorError("2", "Invalid request"), "")),
        ('{"error":{"code":3,"msg":"bad"},"id":4}', Refused(VendorError("3", "bad"), "")),
        ('{"e":"serverShutdown","E":1}', Sign.LEAVING),
        ('{"stream":"","data":{"e":"serverShutdown","E":1}}', Sign.LEAVING),
        ('{"stream":"solusdt@trade","data":{"s":"SOLUSDT"}}', Sign.UNKNOWN),
        ("[1]", Sign.UNKNOWN),
        ("", Sign.UNKNOWN),
    ],
)
def test_messages_without_a_price(text: str, about: Sorted) -> None:
    """Answers by their numbers, errors in both of their forms, good-bye, and what nobody knows."""
    assert about == STREAM.sort(text)


def test_names_of_streams_are_in_lower_case() -> None:
    """Symbols are not."""
    assert {
        "method": "SUBSCRIBE",
        "params": ["solusdt@bookTicker", "btcusdt@bookTicker"],
        "id": 3,
    } == json.loads(STREAM.subscribe(["SOLUSDT", "BTCUSDT"], 3))
    assert {"method": "GET_PROPERTY", "params": ["combined"], "id": 4} == json.loads(STREAM.question(4))


def test_what_is_sent_stays_below_five_messages_a_second() -> None:
    """Subscriptions, a question each second, and a pong."""
    in_a_second = STREAM.sends.size + STREAM.sends.flow + 1_000 // STREAM.question_ms + 1

    assert in_a_second <= 4
