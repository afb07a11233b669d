"""What is peculiar to Pyth: whole numbers with an exponent, and a confidence."""

from __future__ import annotations

from typing import Any

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.failures import HttpStatus, VendorError
from rooms_oracle.feeds.pyth import Pyth
from rooms_oracle.feeds.vendor import Moment, Said

PYTH = Pyth()


def answer(**given: Any) -> dict[str, Any]:
    """An update of feed "a"."""
    price = {"price": "1", "conf": "0", "expo": -8, "publish_time": 1_730_419_199, **given}
    return {"parsed": [{"id": "a", "price": price}]}


def test_ids_go_one_by_one_and_unknown_ones_do_no_harm() -> None:
    """`ids[]` is repeated."""
    params = PYTH.call(("a", "b")).params

    assert (("ids[]", "a"), ("ids[]", "b")) == params[:2]
    assert ("ignore_invalid_price_ids", "true") == params[-1]


@pytest.mark.parametrize(
    "given, reason",
    [
        ({"price": "0"}, "not above zero"),
        ({"price": "-5"}, "price.price: String should match pattern '^[0-9]{1,20}$'"),
        ({"conf": "-5"}, "price.conf: String should match pattern '^[0-9]{1,20}$'"),
        ({"price": "1", "expo": -24}, "not above zero"),
        ({"price": "9" * 20, "expo": 6}, "beyond all prices"),
        ({"expo": 7}, "price.expo: Input should be less than or equal to 6"),
        ({"publish_time": 0}, "price.publish_time: no time"),
    ],
)
def test_an_update_that_is_no_price_names_its_feed(given: dict[str, Any], reason: str) -> None:
    """A near-zero price with a wrong exponent moved money once."""
    assert Ok(Said({}, {"a": reason})) == PYTH.read(PYTH.call(("a",)), answer(**given), Moment(0))


def test_an_error_may_be_a_sentence() -> None:
    """With whatever status."""
    call = PYTH.call(("a",))

    assert Err(VendorError("400", "no")) == PYTH.refusal(call, 400, {"error": "no"})
    assert Err(HttpStatus(400)) == PYTH.refusal(call, 400, None)
    assert Err(VendorError("", "no")) == PYTH.read(call, {"error": "no"}, Moment(0))
    assert isinstance(PYTH.read(call, {"parsed": 5}, Moment(0)), Err)
    assert Ok(Said({}, {"a": "UNAVAILABLE"})) == PYTH.read(call, {"parsed": [5, {"id": "b"}]}, Moment(0))
