"""What is peculiar to OKX: codes in a 200."""

from __future__ import annotations

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, Throttled, VendorError
from rooms_oracle.feeds.okx import Okx
from rooms_oracle.feeds.vendor import Moment, Said

OKX = Okx()
MINUTE = 1_730_419_200_000


@pytest.mark.parametrize(
    "code, why", [("50011", Throttled()), ("51001", VendorError("51001", "no such instrument"))]
)
def test_a_code_is_an_error_with_any_status(code: str, why: FeedFailure) -> None:
    """Only "0" is fine."""
    body, call = {"code": code, "msg": "no such instrument", "data": []}, OKX.call(("SOL-USDT",))

    assert Err(why) == OKX.read(call, body, Moment(0))
    assert Err(why) == OKX.refusal(call, 400, body)
    assert Err(why) == OKX.read_candle(OKX.candle_call("SOL-USDT", MINUTE), body, MINUTE)


def test_another_status_without_a_code_is_just_that() -> None:
    """Nothing is read into it."""
    call = OKX.call(("SOL-USDT",))

    assert Err(HttpStatus(404)) == OKX.refusal(call, 404, None)
    assert Err(HttpStatus(404)) == OKX.refusal(call, 404, {"code": "0", "data": []})


def test_all_pairs_come_in_one_call() -> None:
    """Those that nobody asked for are passed over, and a bad row harms nobody else."""
    call = OKX.call(("A", "B"))
    rows = [{"instId": "A", "bidPx": "", "askPx": "1", "ts": "1"}, {"instId": 5}, 5, {"instId": "C"}]

    assert (("instType", "SPOT"),) == call.params
    assert Ok(Said({}, {"A": "bidPx: no number", "B": "UNAVAILABLE"})) == OKX.read(
        call, {"code": "0", "data": rows}, Moment(0)
    )


def test_a_candle_is_asked_for_between_two_times() -> None:
    """`before` gives what is newer and `after` what is older, both without their own millisecond."""
    call = OKX.candle_call("SOL-USDT", MINUTE)

    assert "/api/v5/market/candles" == call.path
    assert {
        "instId": "SOL-USDT",
        "bar": "1m",
        "after": str(MINUTE + 1),
        "before": str(MINUTE - 1),
        "limit": "1",
    } == dict(call.params)


def test_only_a_finished_candle_counts() -> None:
    """Strings, newest first; one that still moves is no candle and is asked for again."""
    call = OKX.candle_call("SOL-USDT", MINUTE)
    row = [str(MINUTE), "164.91", "165.10", "164.88", "165.02", "10.5", "10.5", "1750.2", "1"]
    moving = [*row[:8], "0"]
    units = (164_910_000_000_000, 165_100_000_000_000, 164_880_000_000_000, 165_020_000_000_000)

    def said(*rows: object) -> object:
        return OKX.read_candle(call, {"code": "0", "msg": "", "data": list(rows)}, MINUTE)

    assert Ok(units) == said(row)
    assert Ok(None) == said()
    assert Ok(None) == said([str(MINUTE + 60_000), *row[1:]])
    assert Err(Malformed("rows.0: not finished")) == said(moving)
    assert Err(Malformed("rows.0: no candle")) == said(row[:8])
    assert Err(Malformed("rows.0: no time")) == said([MINUTE, *row[1:]])
    assert Err(Malformed("a minute twice")) == said(row, row)
    assert isinstance(OKX.read_candle(call, [], MINUTE), Err)
