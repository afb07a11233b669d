"""What is peculiar to CoinGecko: empty objects, and two forms of errors."""

from __future__ import annotations

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, VendorError
from rooms_oracle.feeds.coingecko import CoinGecko
from rooms_oracle.feeds.vendor import Moment, Said

GECKO = CoinGecko()


def test_all_digits_are_asked_for() -> None:
    """Without `precision` large prices come rounded."""
    assert ("precision", "full") in GECKO.call(("solana",)).params
    assert ("ids", "solana,bitcoin") in GECKO.call(("solana", "bitcoin")).params


@pytest.mark.parametrize(
    "body, why",
    [
        ({"status": {"error_code": 10005, "error_message": "plan"}}, VendorError("10005", "plan")),
        ({"error": "no such coin"}, VendorError("", "no such coin")),
    ],
)
def test_errors_come_in_two_forms(body: object, why: FeedFailure) -> None:
    """With whatever status."""
    call = GECKO.call(("solana",))

    assert Err(why) == GECKO.read(call, body, Moment(0))
    assert Err(why) == GECKO.refusal(call, 400, body)
    assert Err(HttpStatus(400)) == GECKO.refusal(call, 400, [])


def test_a_coin_without_a_price_is_missing() -> None:
    """Unknown ids are left out, known ones without a price are empty; an odd one is refused by name."""
    call = GECKO.call(("a", "b", "c"))
    body = {"a": {}, "c": {"usd": 0, "last_updated_at": 1}}

    assert Ok(Said({}, {"a": "UNAVAILABLE", "b": "UNAVAILABLE", "c": "usd: not above zero"})) == GECKO.read(
        call, body, Moment(0)
    )
    assert Err(Malformed("no object")) == GECKO.read(call, [], Moment(0))
