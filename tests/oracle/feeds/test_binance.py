"""What is peculiar to Binance: lists, halted symbols, weight, errors with codes."""

from __future__ import annotations

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, Throttled, VendorError
from rooms_oracle.feeds.binance import Binance
from rooms_oracle.feeds.vendor import UNAVAILABLE, Moment, Said

BINANCE = Binance()
AT = Moment(0)
MINUTE = 1_730_419_200_000


def test_symbols_are_asked_for_as_a_list_of_those_that_trade() -> None:
    """One symbol too: then it is left out where alone it would be an error. Four units of weight."""
    call = BINANCE.call(("SOLUSDT",))

    assert (("symbols", '["SOLUSDT"]'), ("symbolStatus", "TRADING")) == call.params
    assert ("/api/v3/ticker/bookTicker", 4) == (call.path, call.weight)


def test_a_long_list_is_all_of_them() -> None:
    """At the same weight, and without an address of many kilobytes."""
    symbols = tuple([f"S{number}" for number in range(101)])

    assert ((("symbolStatus", "TRADING"),), symbols, 4) == BINANCE.call(symbols)[1:]
    assert 2 == len(BINANCE.call(symbols[:100]).params)


def test_a_halted_symbol_is_missing_and_the_others_stand() -> None:
    """Nor does an empty book, all zeros, take the others along."""
    call = BINANCE.call(("HALTED", "EMPTY", "FINE"))
    body = [
        {"symbol": "EMPTY", "bidPrice": "0.00000000", "askPrice": "0.00000000"},
        {"symbol": "FINE", "bidPrice": "1.0", "askPrice": "1.0"},
        {"symbol": 5},
        "nonsense",
    ]

    match BINANCE.read(call, body, AT):
        case Ok(Said(prices=prices, refused=refused)):
            assert {"FINE"} == set(prices)
            assert {"HALTED": UNAVAILABLE, "EMPTY": "bidPrice: not above zero"} == refused
        case Err(why):
            pytest.fail(str(why))


@pytest.mark.parametrize(
    "status, body, why",
    [
        (400, {"code": -1121, "msg": "Invalid symbol."}, VendorError("-1121", "Invalid symbol.")),
        (200, {"code": -1007, "msg": "Timeout"}, VendorError("-1007", "Timeout")),
        (400, {"code": -1003, "msg": "Too many requests."}, Throttled()),
        (404, None, HttpStatus(404)),
        (200, {}, Malformed("no list")),
    ],
)
def test_errors_have_codes(status: int, body: object, why: FeedFailure) -> None:
    """With whatever status they come; too many requests is no error but a wish."""
    call = BINANCE.call(("A",))

    assert Err(why) == (
        BINANCE.read(call, body, AT) if status == 200 else BINANCE.refusal(call, status, body)
    )
    if status == 200:
        assert Err(why) == BINANCE.read_candle(call, body, MINUTE)


def test_a_list_with_an_unknown_symbol_is_asked_again_as_all() -> None:
    """At the same weight; and only once, and for no other error."""
    call, unknown = BINANCE.call(("A", "B")), VendorError("-1121", "Invalid symbol.")
    instead = BINANCE.instead(call, unknown)

    assert instead == call._replace(params=(("symbolStatus", "TRADING"),))
    assert BINANCE.instead(instead, unknown) is None
    assert BINANCE.instead(call, VendorError("-1007", "x")) is None
    assert BINANCE.instead(call, HttpStatus(500)) is None


def test_a_candle_is_the_row_of_its_minute() -> None:
    """Another minute's row, or none, is no candle of this one; a row of something else is malformed."""
    call = BINANCE.candle_call("SOLUSDT", MINUTE)
    row = [
        MINUTE,
        "164.91",
        "165.10",
        "164.88",
        "165.02",
        "1.0",
        MINUTE + 59_999,
        "1.0",
        3,
        "1.0",
        "1.0",
        "0",
    ]
    units = (164_910_000_000_000, 165_100_000_000_000, 164_880_000_000_000, 165_020_000_000_000)

    assert (("startTime", str(MINUTE)), 2) == (call.params[2], call.weight)
    assert Ok(units) == BINANCE.read_candle(call, [row], MINUTE)
    assert Ok(None) == BINANCE.read_candle(call, [row], MINUTE + 60_000)
    assert Ok(None) == BINANCE.read_candle(call, [], MINUTE)
    assert Err(Malformed("rows.0: no candle")) == BINANCE.read_candle(call, [[MINUTE, "1"]], MINUTE)
    assert Err(Malformed("rows.0: no number")) == BINANCE.read_candle(
        call, [[MINUTE, "", "", "", ""]], MINUTE
    )


@pytest.mark.parametrize(
    "written, used", [("57", 57), ("", None), ("-1", None), ("x", None), ("9" * 12, None)]
)
def test_the_weight_used_is_read_from_its_header(written: str, used: int | None) -> None:
    """What is no number says nothing."""
    assert used == BINANCE.used({"x-mbx-used-weight-1m": written})
    assert BINANCE.used({}) is None
