"""What streams share: groups of symbols, and prices that are read as exactly as over HTTP."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.result import Err, Ok
from rooms_oracle.failures import Malformed
from rooms_oracle.streams import STREAMS
from rooms_oracle.streams.vendor import About, StreamVendor, batches
from rooms_oracle.testing.desk import Shown
from rooms_oracle.testing.stream_shapes import STREAM_SHAPES

SYMBOLS = {"binance": "SOLUSDT", "coinbase": "SOL-USD", "okx": "SOL-USDT"}
ODD = [None, "", "0", "0.00", "-1", "NaN", "Infinity", "1e400", "1,0", " 1", "0x10", "9" * 40, "+1"]
vendors = pytest.mark.parametrize("vendor", STREAMS.values(), ids=lambda vendor: vendor.name)


def message(vendor: StreamVendor, bid: str | None, ask: str | None, symbol: str = "") -> str:
    """A price as its stream says it."""
    shape = STREAM_SHAPES[vendor.name]({})
    return shape.price(symbol or SYMBOLS[vendor.name], Shown(bid, ask, bid, 1), 7, 1_735_732_800_123)


@vendors
def test_a_price_is_the_middle_of_the_book_with_all_of_its_digits(vendor: StreamVendor) -> None:
    """In 10^-12, half-even, with half of the spread beside it, and the digits as they were sent."""
    read = vendor.read(SYMBOLS[vendor.name], message(vendor, "165.0100000000011", "165.02"))

    assert isinstance(read, Ok)
    priced = read.value.priced
    assert (165_015_000_000_000, 5_000_000_000) == (priced.price, priced.conf)
    assert "165.0100000000011/165.02" == priced.raw
    assert (None if vendor.name == "binance" else 1_735_732_800_123) == priced.ts_ms


@vendors
@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_price_is_refused(vendor: StreamVendor, odd: str | None) -> None:
    """On either side of the book."""
    for text in (message(vendor, odd, "165.02"), message(vendor, "165.02", odd)):
        assert isinstance(vendor.read(SYMBOLS[vendor.name], text), Err)


@vendors
def test_a_crossed_book_another_symbol_and_a_key_twice_are_refused(vendor: StreamVendor) -> None:
    """As over HTTP; and half a message is no JSON."""
    symbol = SYMBOLS[vendor.name]
    fine = message(vendor, "1.5", "1.6")
    key = {"binance": '"s":', "coinbase": '"product_id":', "okx": '"bidPx":'}[vendor.name]

    assert Err(Malformed("bid above ask")) == vendor.read(symbol, message(vendor, "1.7", "1.6"))
    assert Err(Malformed("another symbol")) == vendor.read("BTC", fine)
    assert Err(Malformed("no JSON")) == vendor.read(symbol, fine.replace(key, f'{key}"1",{key}', 1))
    assert Err(Malformed("no JSON")) == vendor.read(symbol, fine[:-5])
    assert isinstance(vendor.read(symbol, "[]"), Err)


@vendors
def test_a_symbol_is_found_at_once_or_by_reading(vendor: StreamVendor) -> None:
    """The short look and the long one find the same; with its fields in another order, the long one does."""
    text = message(vendor, "1.5", "1.6")
    turned = json.dumps(json.loads(text), sort_keys=True, indent=1)
    symbol = SYMBOLS[vendor.name]
    quick = vendor.quick.search(text)

    assert quick is not None
    assert symbol == quick[1]
    assert vendor.quick.search(turned) is None
    assert About(symbol) == vendor.sort(text) == vendor.sort(turned)
    assert isinstance(vendor.read(symbol, turned), Ok)


@vendors
def test_a_subscription_names_its_symbols(vendor: StreamVendor) -> None:
    """Both ways; what the server of ours understands, it serves."""
    symbol = SYMBOLS[vendor.name]
    shape = STREAM_SHAPES[vendor.name]({symbol: None, "OTHER": None})
    shape.hear(vendor.subscribe([symbol], 1))
    assert {symbol: None} == shape.subscribed
    shape.hear(vendor.unsubscribe([symbol], 2))
    assert {} == shape.subscribed


@vendors
def test_one_message_with_a_whole_batch_is_small_enough(vendor: StreamVendor) -> None:
    """OKX takes 64 KB; nobody is sent more than a fifth of it."""
    assert len(vendor.subscribe([f"LONGSYMBOL{number}-USDT" for number in range(vendor.batch)], 1)) < 13_000


@vendors
@given(text=st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_no_text_makes_a_stream_raise(vendor: StreamVendor, text: str) -> None:
    """Whatever arrives is sorted and read."""
    vendor.sort(text)
    assert isinstance(vendor.read(SYMBOLS[vendor.name], text), Err)


@pytest.mark.parametrize("size, groups", [(2, [("a", "b"), ("c",)]), (3, [("a", "b", "c")])])
def test_symbols_are_asked_for_in_batches(size: int, groups: list[tuple[str, ...]]) -> None:
    """In order, none too large; none for nothing."""
    assert groups == batches({"c", "a", "b"}, size)
    assert [] == batches((), size)
