"""What is peculiar to Kraken: errors in a 200, its own names of pairs."""

from __future__ import annotations

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, Throttled, VendorError
from rooms_oracle.feeds.kraken import Kraken
from rooms_oracle.feeds.vendor import UNAVAILABLE, Moment, Said

KRAKEN = Kraken()
AT = Moment(0)
MINUTE = 1_730_419_200_000


@pytest.mark.parametrize(
    "errors, why",
    [
        (
            ["EQuery:Unknown asset pair"],
            VendorError("EQuery:Unknown asset pair", "EQuery:Unknown asset pair"),
        ),
        (["EGeneral:Too many requests"], Throttled()),
        (["EService:Unavailable", "EAPI:Rate limit exceeded"], Throttled()),
        (["EService:Unavailable"], VendorError("EService:Unavailable", "EService:Unavailable")),
    ],
)
def test_an_error_may_come_with_any_status(errors: list[str], why: FeedFailure) -> None:
    """Status 200 does not mean success."""
    call = KRAKEN.call(("SOLUSD",))

    assert Err(why) == KRAKEN.read(call, {"error": errors}, AT)
    assert Err(why) == KRAKEN.refusal(call, 400, {"error": errors})
    assert Err(why) == KRAKEN.read_candle(call, {"error": errors}, MINUTE)


def test_a_long_list_is_all_of_them() -> None:
    """One call, whatever the number of pairs."""
    pairs = tuple([f"P{number}" for number in range(51)])

    assert () == KRAKEN.call(pairs).params
    assert (("pair", ",".join(pairs[:50])),) == KRAKEN.call(pairs[:50]).params


def test_a_warning_is_no_error() -> None:
    """The result beside it counts."""
    call = KRAKEN.call(("SOLUSD",))

    assert Ok(Said({}, {"SOLUSD": UNAVAILABLE})) == KRAKEN.read(
        call, {"error": ["WGeneral:Slow"], "result": {}}, AT
    )
    assert Err(HttpStatus(400)) == KRAKEN.refusal(call, 400, {"error": [], "result": {}})
    assert Err(HttpStatus(400)) == KRAKEN.refusal(call, 400, None)


def test_a_pair_without_a_book_does_not_take_the_others_along() -> None:
    """It is refused by what is wrong with it."""
    fine = {"a": ["1.1", "1", "1"], "b": ["1.0", "1", "1"]}
    body = {"error": [], "result": {"A": {"a": [], "b": fine["b"]}, "B": fine}}

    match KRAKEN.read(KRAKEN.call(("A", "B")), body, AT):
        case Ok(said):
            assert {"A": "a: no price level"} == said.refused
            assert {"B"} == set(said.prices)
        case Err(why):
            pytest.fail(str(why))


def test_a_list_with_an_unknown_pair_is_asked_again_as_all() -> None:
    """Once, and for no other error."""
    call, unknown = KRAKEN.call(("A", "B")), VendorError("EQuery:Unknown asset pair", "")
    instead = KRAKEN.instead(call, unknown)

    assert instead == call._replace(params=())
    assert KRAKEN.instead(instead, unknown) is None
    assert KRAKEN.instead(call, Throttled()) is None


def test_a_candle_is_found_under_its_pair() -> None:
    """What came in answer to another pair is none of it."""
    call = KRAKEN.candle_call("SOLUSD", MINUTE)
    row = [MINUTE // 1_000, "164.91", "165.10", "164.88", "165.02", "165.0", "10.5", 7]
    units = (164_910_000_000_000, 165_100_000_000_000, 164_880_000_000_000, 165_020_000_000_000)

    assert ("since", str(MINUTE // 1_000 - 60)) == call.params[2]
    assert Ok(units) == KRAKEN.read_candle(
        call, {"error": [], "result": {"SOLUSD": [row], "last": 1}}, MINUTE
    )
    assert Ok(None) == KRAKEN.read_candle(call, {"error": [], "result": {"SOLUSD": []}}, MINUTE)
    assert isinstance(KRAKEN.read_candle(call, {"error": [], "result": {"OTHER": [row]}}, MINUTE), Err)
    bad = {"error": [], "result": {"SOLUSD": [[]]}}
    assert Err(Malformed("rows.0: no candle")) == KRAKEN.read_candle(call, bad, MINUTE)
