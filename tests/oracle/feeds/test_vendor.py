"""What holds of every feed: what it says is read, what it lacks is named, and nothing it sends is an accident."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.feeds.samples import SAMPLES

from rooms_core.result import Err, Ok
from rooms_oracle.failures import HttpStatus, Malformed
from rooms_oracle.feeds import VENDORS
from rooms_oracle.feeds.vendor import (
    UNAVAILABLE,
    Call,
    Gathering,
    Moment,
    Priced,
    Said,
    Vendor,
    candle_of,
    minute_of,
    of_book,
)
from rooms_oracle.wire import UNITS_MAX, digits_of, read_json

AT = Moment(1_730_419_200_000)
each_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.decimals(allow_nan=True).map(str),
    st.text(max_size=6),
    st.sampled_from(["0", "-1", "NaN", "Infinity", "", "1e400", "165.01"]),
)
anything = st.recursive(
    leaves,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=6), each, max_size=3),
    max_leaves=8,
)


def sampled(vendor: Vendor) -> tuple[Call, Any]:
    """A call for the sample's symbols, and the sample's body."""
    sample = SAMPLES[vendor.name]
    match read_json(sample.body.encode()):
        case Ok(body):
            return vendor.call(sample.symbols), body
        case Err(why):
            raise AssertionError(why)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inside: list[tuple[Any, ...]] = [path]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        inside += places(each, (*path, key))
    return inside


def sound(said: Said, call: Call) -> bool:
    """Every symbol that was asked for has a price or a reason, and each price is one that can be believed."""
    prices = [
        0 < priced.price <= UNITS_MAX
        and priced.conf >= 0
        and (priced.ts_ms is None or priced.ts_ms > -(2**53))
        for priced in said.prices.values()
    ]
    return (
        all(prices)
        and {*said.prices, *said.refused} == {*call.symbols}
        and not {*said.prices} & {*said.refused}
    )


@each_vendor
def test_the_sample_is_read_to_the_last_digit(vendor: Vendor) -> None:
    """Prices, half-widths, times and the digits they were sent in; the others are unavailable."""
    call, body = sampled(vendor)
    sample = SAMPLES[vendor.name]
    lacking = [symbol for symbol in sample.symbols if symbol not in sample.prices]

    assert Ok(Said(sample.prices, dict.fromkeys(lacking, UNAVAILABLE))) == vendor.read(call, body, AT)


@given(body=anything)
def test_no_json_is_an_accident(body: Any) -> None:
    """Whatever a feed sends, with whatever status, is an answer or a failure."""
    for vendor in VENDORS:
        call = vendor.call(SAMPLES[vendor.name].symbols)
        candle_call = vendor.candle_call(call.symbols[0], 60_000) or call

        assert isinstance(vendor.read(call, body, AT), Ok | Err)
        assert isinstance(vendor.refusal(call, 400, body), Ok | Err)
        assert isinstance(vendor.read_candle(candle_call, body, 60_000), Ok | Err)


@given(vendor=st.sampled_from(VENDORS), data=st.data())
def test_a_body_that_is_damaged_somewhere_says_nothing_wrong(vendor: Vendor, data: st.DataObject) -> None:
    """Any part of a good answer replaced by anything: what is still read is a price that was there or could be."""
    call, body = sampled(vendor)
    path = data.draw(st.sampled_from(places(body)))
    damage = data.draw(anything)
    body = deepcopy(body)
    if path:
        inside = body
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = damage
    else:
        body = damage

    match vendor.read(call, body, AT):
        case Ok(said):
            assert sound(said, call)
        case Err():
            pass


@each_vendor
def test_every_symbol_is_asked_for_once(vendor: Vendor) -> None:
    """However many there are, in calls of at most a batch."""
    symbols = [f"s{number}" for number in range(2 * min(vendor.batch, 100) + 1)]
    calls = vendor.calls(symbols)

    assert symbols == [symbol for call in calls for symbol in call.symbols]
    assert max([len(call.symbols) for call in calls]) <= vendor.batch
    assert all(call.path.startswith("/") and call.weight >= 1 for call in calls)


class Plain(Vendor):
    """A feed without peculiarities."""

    name = "plain"

    def call(self, symbols: tuple[str, ...]) -> Call:
        return Call("/", (), symbols)

    def read(self, call: Call, body: object, at: Moment) -> Ok[Said]:
        return Ok(Gathering(call.symbols).said())


def test_a_plain_feed_has_no_candles_and_no_second_way() -> None:
    """Unless it says otherwise, a feed is asked in one way, and another status than 200 is just that."""
    plain, call = Plain(), Call("/", (), ("a",))

    assert Err(HttpStatus(400)) == plain.refusal(call, 400, None)
    assert (None, None) == (plain.instead(call, HttpStatus(400)), plain.again(call, Said({})))
    assert (None, None) == (plain.candle_call("a", 0), plain.used({}))
    assert Ok(None) == plain.read_candle(call, [], 0)


def test_what_is_said_twice_is_refused() -> None:
    """Nobody knows which one is meant; a refusal said first or last stays a refusal."""
    fine: Ok[Priced] = Ok(Priced(1, 0, "1"))
    found = Gathering(["a", "b", "c", "d"])
    found.add("a", fine)
    found.add("a", fine)
    found.add("b", Err(Malformed("crossed")))
    found.add("b", fine)
    found.add("d", fine)
    found.add("d", Err(Malformed("crossed")))

    refused = {"a": "said twice", "b": "said twice", "c": UNAVAILABLE, "d": "crossed"}
    assert Said({}, refused) == found.said()
    assert [True, False, False] == [found.wants(symbol) for symbol in ("a", "x", 5)]


@given(st.integers(1, 10**18), st.integers(1, 10**18))
def test_the_middle_of_a_book_lies_in_it(bid: int, ask: int) -> None:
    """Half-even, and the half-width reaches both sides; a bid above the ask is no book."""
    prices = [digits_of(json.dumps(each), shift=-12) for each in (bid, ask)]

    match of_book(prices[0], prices[1]):
        case Ok(found):
            assert bid <= found.price <= ask
            assert found.price - found.conf <= bid <= ask <= found.price + found.conf
            assert abs(2 * found.price - bid - ask) <= 1
        case Err(why):
            assert bid > ask
            assert Malformed("bid above ask") == why


def test_a_candles_high_and_low_hold_its_ends() -> None:
    """A candle that contradicts itself is none."""
    one, two, three = [digits_of(str(number)) for number in (1, 2, 3)]

    assert Ok((2 * 10**12, 3 * 10**12, 10**12, 2 * 10**12)) == candle_of(two, three, one, two)
    assert isinstance(candle_of(two, two, one, three), Err)
    assert isinstance(candle_of(one, three, two, three), Err)


def test_two_candles_of_one_minute_are_none() -> None:
    """Nobody knows which one is meant, even where they are alike; other minutes do not matter."""
    one, two = [digits_of(str(number)) for number in (1, 2)]
    row = (60, (one, two, one, two))

    assert Ok((10**12, 2 * 10**12, 10**12, 2 * 10**12)) == minute_of([row, (120, row[1]), (120, row[1])], 60)
    assert Err(Malformed("a minute twice")) == minute_of([row, row], 60)
    assert Ok(None) == minute_of([row, row], 0)
