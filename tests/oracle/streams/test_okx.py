"""OKX's stream: pings in plain text, events, and rows that do not fit."""

from __future__ import annotations

import json

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.failures import Malformed, VendorError
from rooms_oracle.streams.okx import OkxStream
from rooms_oracle.streams.vendor import Answer, Refused, Sign, Sorted

STREAM = OkxStream()
ARG = {"channel": "tickers", "instId": "SOL-USDT"}
ROW = {"instId": "SOL-USDT", "bidPx": "1.5", "askPx": "1.6", "ts": "1735732800123"}


@pytest.mark.parametrize(
    "text, about",
    [
        ("pong", Answer(None)),
        ('{"event":"subscribe","arg":{"channel":"tickers","instId":"SOL-USDT"}}', Sign.BEAT),
        ('{"event":"channel-conn-count","channel":"tickers"}', Sign.BEAT),
        ('{"event":"notice","code":"64008","msg":"soon"}', Sign.LEAVING),
        ('{"event":"error","code":"60012","msg":"no"}', Refused(VendorError("60012", "no"), "no")),
        ('{"event":"login"}', Sign.UNKNOWN),
        ('{"arg":{"channel":"books","instId":"SOL-USDT"},"data":[]}', Sign.UNKNOWN),
        ("ping", Sign.UNKNOWN),
    ],
)
def test_messages_without_a_price(text: str, about: Sorted) -> None:
    """Pongs, events, notices, and what nobody knows."""
    assert about == STREAM.sort(text)


def test_a_push_speaks_of_one_pair() -> None:
    """No row is no price, a row of another pair is none, and of two the last one counts."""
    later = {**ROW, "bidPx": "1.7", "askPx": "1.8"}
    read = STREAM.read("SOL-USDT", json.dumps({"arg": ARG, "data": [ROW, later]}))

    assert isinstance(read, Ok)
    assert 1_750_000_000_000 == read.value.priced.price
    assert Err(Malformed("no ticker")) == STREAM.read("SOL-USDT", json.dumps({"arg": ARG, "data": []}))
    other = json.dumps({"arg": ARG, "data": [ROW, {**ROW, "instId": "BTC-USDT"}]})
    assert Err(Malformed("another symbol")) == STREAM.read("SOL-USDT", other)


def test_an_hour_of_subscriptions_stays_below_what_is_allowed() -> None:
    """480 an hour; pings do not count, and nobody is silent for 30 s."""
    assert STREAM.sends.size + STREAM.sends.flow <= 480 * 80 // 100
    assert 0 < STREAM.question_ms < 30_000
    assert "ping" == STREAM.question(1)
