"""A tick as a record: what was sent, what became of it, and the settings in force."""

from __future__ import annotations

import json
from dataclasses import replace

from rooms_core.result import Ok
from rooms_oracle.aggregate import INSTANT
from rooms_oracle.checker import check_records
from rooms_oracle.evidence import seal
from rooms_oracle.heard import Instrument, Quote
from rooms_oracle.quotes import COIN_UNIT, Rate
from rooms_oracle.tick import TickInputs, judge
from rooms_oracle.tick_record import settings_json, tick_body

X = Instrument(
    name="X/USD",
    sources={"coinbase": ("coinbase", 10), "kraken": ("kraken", 5)},
    params=replace(INSTANT, quorum=1),
    rates=("USDT/USD",),
)
COINBASE = Quote(
    "coinbase",
    "coinbase",
    165_010_000_000_000,
    10_000_000_000,
    10,
    2_600,
    2_900,
    2_500,
    raw="165.01",
    body_sha256="ab",
)
KRAKEN = Quote("kraken", "kraken", 165, 1, 5, 2_600, 2_900, quote="USDT")


def test_an_observation_keeps_what_was_sent() -> None:
    """Raw text, the source's own time, and the hash of the body."""
    inputs = TickInputs(X, 3_000, [COINBASE, KRAKEN], {})
    body = tick_body(inputs, judge(inputs), {})

    assert [
        {
            "source": "coinbase",
            "family": "coinbase",
            "raw": "165.01",
            "price": "165010000000000",
            "conf": "10000000000",
            "ts_source": "2500",
            "ts_basis": "source",
            "ts_request_start": "2600",
            "ts_received": "2900",
            "age_ms": "500",
            "weight": "10",
            "body_sha256": "ab",
        },
        {
            "source": "kraken",
            "family": "kraken",
            "weight": "5",
            "ts_basis": "request",
            "ts_request_start": "2600",
            "ts_received": "2900",
            "quoted": {"currency": "USDT", "price": "165", "conf": "1"},
        },
    ] == body["observations"]
    assert {"kraken": "NO_QUOTE_RATE"} == body["rejected"]
    assert Ok(1) == check_records([seal(body, instrument="X/USD", tick_ms=3_000, prev=None).body])


def test_a_converted_price_names_the_rate_and_its_record() -> None:
    """And keeps the price that was sent beside the one in dollars."""
    inputs = TickInputs(X, 3_000, [KRAKEN], {"USDT/USD": Rate(2 * COIN_UNIT, 0, 7)})
    body = json.loads(json.dumps(tick_body(inputs, judge(inputs), {"USDT/USD": "sha256:r"})))

    assert "330" == body["observations"][0]["price"]
    assert {
        "USDT/USD": {"price": "2000000000000", "conf": "0", "age_ms": "7", "evidence": "sha256:r"}
    } == body["quote_rates"]


def test_settings_that_change_have_another_name() -> None:
    """Weights, families and tolerances; the settings stand in the record."""
    settings = settings_json(X)
    others = [
        replace(X, params=INSTANT),
        replace(X, sources={"coinbase": ("coinbase", 11)}),
        replace(X, sources={"coinbase": ("other", 10)}),
    ]

    assert 4 == len({str(settings_json(each)["params_id"]) for each in [X, *others]})
    assert {"family": "kraken", "weight": "5"} == json.loads(json.dumps(settings))["sources"]["kraken"]
