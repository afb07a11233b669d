"""What is peculiar to OKX: codes in a 200."""

from __future__ import annotations

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.failures import FeedFailure, HttpStatus, Throttled, VendorError
from rooms_oracle.feeds.okx import Okx
from rooms_oracle.feeds.vendor import Moment, Said

OKX = Okx()


@pytest.mark.parametrize(
    "code, why", [("50011", Throttled()), ("51001", VendorError("51001", "no such instrument"))]
)
def test_a_code_is_an_error_with_any_status(code: str, why: FeedFailure) -> None:
    """Only "0" is fine."""
    body, call = {"code": code, "msg": "no such instrument", "data": []}, OKX.call(("SOL-USDT",))

    assert Err(why) == OKX.read(call, body, Moment(0))
    assert Err(why) == OKX.refusal(call, 400, body)


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
