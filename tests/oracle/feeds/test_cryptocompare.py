"""What is peculiar to CryptoCompare: errors in a 200, and symbols that are repeated."""

from __future__ import annotations

from typing import Any

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.failures import FeedFailure, HttpStatus, Throttled, VendorError
from rooms_oracle.feeds.cryptocompare import CryptoCompare
from rooms_oracle.feeds.vendor import Moment, Said

COMPARE = CryptoCompare()


def answer(**given: Any) -> dict[str, Any]:
    """A price of SOL in dollars."""
    pair = {"FROMSYMBOL": "SOL", "TOSYMBOL": "USD", "PRICE": 165, "LASTUPDATE": 1_730_419_150, **given}
    return {"RAW": {"SOL": {"USD": pair}}}


@pytest.mark.parametrize(
    "given, reason",
    [
        ({"FROMSYMBOL": "USD"}, "another symbol"),
        ({"TOSYMBOL": "SOL"}, "USD.TOSYMBOL: Input should be 'USD'"),
        ({"PRICE": 0}, "USD.PRICE: not above zero"),
        ({"LASTUPDATE": None}, "USD.LASTUPDATE: no time"),
    ],
)
def test_a_swapped_pair_is_refused(given: dict[str, Any], reason: str) -> None:
    """What is said of another pair is not said of this one."""
    assert Ok(Said({}, {"SOL": reason})) == COMPARE.read(COMPARE.call(("SOL",)), answer(**given), Moment(0))


@pytest.mark.parametrize(
    "type_, why", [(99, Throttled()), (2, VendorError("2", "no data")), (1, VendorError("1", "no data"))]
)
def test_an_error_is_looked_for_before_a_price(type_: int, why: FeedFailure) -> None:
    """It comes with status 200, with prices beside it or not."""
    body = {"Response": "Error", "Message": "no data", "Type": type_, **answer()}
    call = COMPARE.call(("SOL",))

    assert Err(why) == COMPARE.read(call, body, Moment(0))
    assert Err(why) == COMPARE.refusal(call, 400, body)
    assert Err(HttpStatus(400)) == COMPARE.refusal(call, 400, None)
    assert isinstance(COMPARE.read(call, [], Moment(0)), Err)
