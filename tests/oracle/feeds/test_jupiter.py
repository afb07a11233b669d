"""What is peculiar to Jupiter: ages in slots."""

from __future__ import annotations

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.failures import HttpStatus, Malformed, VendorError
from rooms_oracle.feeds.jupiter import Jupiter
from rooms_oracle.feeds.vendor import Moment, Priced, Said

JUPITER = Jupiter()


@pytest.mark.parametrize(
    "at, block, ts_ms",
    [
        (Moment(100_000, slot=500), 495, 98_000),
        (Moment(100_000, slot=500), 502, 100_800),
        (Moment(100_000), 495, None),
        (Moment(100_000, slot=500), None, None),
    ],
)
def test_an_age_is_counted_in_slots(at: Moment, block: int | None, ts_ms: int | None) -> None:
    """0.4 s each; without a slot to compare with, the price is as old as the request."""
    body = {"mint": {"usdPrice": 2, "blockId": block}}

    assert Ok(Said({"mint": Priced(2 * 10**12, 0, "2", ts_ms)})) == JUPITER.read(
        JUPITER.call(("mint",)), body, at
    )


def test_what_it_cannot_price_is_left_out() -> None:
    """Or null; an odd one is refused by name."""
    call = JUPITER.call(("a", "b", "c"))
    body = {"a": None, "c": {"usdPrice": "NaN"}}

    assert Ok(Said({}, {"a": "UNAVAILABLE", "b": "UNAVAILABLE", "c": "usdPrice: no number"})) == JUPITER.read(
        call, body, Moment(0)
    )


def test_errors_have_a_message() -> None:
    """With whatever status."""
    call = JUPITER.call(("a",))

    assert Err(VendorError("401", "no")) == JUPITER.read(call, {"code": 401, "message": "no"}, Moment(0))
    assert Err(VendorError("", "no")) == JUPITER.refusal(call, 400, {"message": "no"})
    assert Err(HttpStatus(400)) == JUPITER.refusal(call, 400, None)
    assert Err(Malformed("no object")) == JUPITER.read(call, [], Moment(0))
