"""What is peculiar to Coinbase: one product a call, the order of a candle's fields."""

from __future__ import annotations

from decimal import Decimal

from rooms_core.result import Err, Ok
from rooms_oracle.failures import HttpStatus, Malformed, VendorError
from rooms_oracle.feeds.coinbase import Coinbase
from rooms_oracle.feeds.vendor import UNAVAILABLE, Moment, Said

COINBASE = Coinbase()
MINUTE = 1_730_419_200_000


def test_an_unknown_product_is_missing() -> None:
    """404 is an answer about a product; other statuses are not."""
    call = COINBASE.call(("X-USD",))

    assert Ok(Said({}, {"X-USD": UNAVAILABLE})) == COINBASE.refusal(call, 404, {"message": "NotFound"})
    assert Err(VendorError("", "bad")) == COINBASE.refusal(call, 400, {"message": "bad"})
    assert Err(HttpStatus(400)) == COINBASE.refusal(call, 400, None)
    assert Err(VendorError("", "oops")) == COINBASE.read(call, {"message": "oops"}, Moment(0))


def test_a_ticker_without_a_book_names_its_product() -> None:
    """It is refused by what is wrong with it."""
    body = {"bid": "0", "ask": "1", "time": "2024-11-01T00:00:00Z"}

    assert Ok(Said({}, {"X-USD": "bid: not above zero"})) == COINBASE.read(
        COINBASE.call(("X-USD",)), body, Moment(0)
    )


def test_a_candle_is_low_high_open_close() -> None:
    """Numbers, seconds, newest first; a minute without trades is left out."""
    call = COINBASE.candle_call("SOL-USD", MINUTE)
    row = [MINUTE // 1_000, Decimal("164.88"), Decimal("165.1"), Decimal("164.91"), 165, Decimal("9.5")]
    newer = [MINUTE // 1_000 + 60, 1, 1, 1, 1, 1]
    units = (164_910_000_000_000, 165_100_000_000_000, 164_880_000_000_000, 165_000_000_000_000)

    assert ("start", "2024-11-01T00:00:00Z") == call.params[1]
    assert ("end", "2024-11-01T00:00:59Z") == call.params[2]
    assert Ok(units) == COINBASE.read_candle(call, [newer, row], MINUTE)
    assert Ok(None) == COINBASE.read_candle(call, [newer], MINUTE)
    assert Err(Malformed("rows.0: no candle")) == COINBASE.read_candle(call, [["x"]], MINUTE)
    assert Err(VendorError("", "no")) == COINBASE.read_candle(call, {"message": "no"}, MINUTE)
    assert isinstance(COINBASE.read_candle(call, 5, MINUTE), Err)
