"""A small share of the hostile bodies, the same on every machine; `nox -s fuzz` tries a million."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.json_tree import Pairs, places_in, read_tree, written
from tests.fuzz.laws import Broken, minute, ticker
from tests.fuzz.plain_json import NoJson, Num, read_plain
from tests.fuzz.seeds import AT, candles, tickers
from tests.fuzz.spots import HOSTILE
from tests.fuzz.targets import targets

from rooms_core.result import Ok, Result
from rooms_oracle.failures import FeedFailure
from rooms_oracle.feeds.okx import Okx
from rooms_oracle.feeds.vendor import Call, Moment, Ohlc, Priced, Said
from rooms_oracle.wire import read_json

SHARE: Final = 300
LONGEST_S: Final = 2.0
each_target = pytest.mark.parametrize("name", sorted(targets()))
LARGE: Final = 10**6
MONSTERS: Final = {
    "deep lists": "[" * LARGE,
    "deep objects": '{"a":' * LARGE,
    "deep and closed": "[" * 900 + "]" * 900,
    "a number without end": "9" * LARGE,
    "a fraction without end": "0." + "1" * LARGE,
    "a string without end": '"' + "1" * LARGE + '"',
    "a huge exponent": "1e999999999",
    "a huge exponent in a string": '"1e999999999"',
    "an exponent without end": "1e" + "9" * LARGE,
    "a tiny exponent": "1e-999999999",
    "half a letter": '"\\ud800"',
    "many rows": "[" + "{}," * (LARGE // 30) + "{}]",
    "many keys": "{" + ",".join([f'"{number}":1' for number in range(LARGE // 80)]) + "}",
    "one key often": "{" + '"a":1,' * (LARGE // 10) + '"a":1}',
    "a long complaint": '{"message":"' + "x" * LARGE + '"}',
    "a mark before": "\ufeff[]",
    "something behind": "[] []",
    "nothing": "",
}
"""What is large, deep or endless, or no text at all."""

scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=6)
damages = st.one_of(
    st.sampled_from(HOSTILE),
    st.decimals(allow_nan=True).map(str),
    st.decimals(allow_nan=True).map(lambda number: json.dumps(str(number))),
    st.recursive(
        scalars,
        lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=6), each, max_size=3),
        max_leaves=6,
    ).map(json.dumps),
)
"""JSON, or what looks like it."""
TICKERS: Final = tickers()
CANDLES: Final = candles()
json_targets = st.sampled_from([*[(ticker, each) for each in TICKERS], *[(minute, each) for each in CANDLES]])


@each_target
def test_what_the_feed_server_answers_is_accepted(name: str) -> None:
    """The first body of each reader, at least: a law under which nothing passes says nothing."""
    target = targets()[name]

    assert target.law(target.bodies[0]) > 0
    assert len(target.bodies) >= 2


@each_target
def test_hostile_bodies_break_no_law(name: str) -> None:
    """The same few hundred on every machine."""
    target, chance = targets()[name], Random(4)
    few = SHARE // 4 if name == "records" else SHARE

    for _ in range(few):
        body = target.hostile(chance)
        try:
            target.law(body)
        except Exception as error:
            raise AssertionError(f"{name}: {body!r}") from error


@given(target=json_targets, data=st.data())
def test_any_place_may_hold_anything(target: Any, data: st.DataObject) -> None:
    """A member or row replaced, added or doubled: what is still accepted is what a second reader finds."""
    law, asked = target
    root = [read_tree(data.draw(st.sampled_from(asked.bodies)))]
    for _ in range(data.draw(st.integers(1, 3))):
        holder, at = data.draw(st.sampled_from(places_in(root)))
        damage = Num(data.draw(damages))
        keyed = isinstance(holder, Pairs)
        if data.draw(st.booleans()):
            holder[at] = [holder[at][0], damage] if keyed else damage
        else:
            holder.insert(at, [data.draw(st.sampled_from(holder))[0], damage] if keyed else damage)
    body = "".join([written(each) for each in root]).encode("utf-8", "surrogatepass")

    assert law(asked.vendor, asked.call, body) >= 0


@pytest.mark.parametrize("kind", sorted(MONSTERS))
def test_what_is_large_or_deep_is_soon_done_with(kind: str) -> None:
    """Alone, and in every place where a price should be; no reader takes long, none falls over."""
    for asked in TICKERS:
        tree = read_tree(asked.bodies[0])
        holder, at = next(
            place for place in reversed(places_in([tree])) if not isinstance(place.holder, Pairs)
        )
        holder[at] = Num(MONSTERS[kind])
        for body in (MONSTERS[kind].encode(), written(tree).encode()):
            began = time.process_time()
            parsed = read_json(body)
            if isinstance(parsed, Ok):
                asked.vendor.read(asked.call, parsed.value, AT)
            assert time.process_time() - began < LONGEST_S, asked.vendor.name
            ticker(asked.vendor, asked.call, body)


class Careless(Okx):
    """A reader as somebody might write it: by `float`, and with whatever stands there."""

    def read(self, call: Call, body: Any, at: Moment) -> Result[Said, FeedFailure]:
        """All prices as they come."""
        try:
            rows = [row for row in body["data"] if row["instId"] in call.symbols]
            prices = [int((float(row["bidPx"]) + float(row["askPx"])) / 2 * 10**12) for row in rows]
        except (KeyError, TypeError, ValueError):
            return super().read(call, body, at)
        named = {
            row["instId"]: Priced(price, 0, row["bidPx"], int(row["ts"]))
            for row, price in zip(rows, prices, strict=True)
        }
        return Ok(Said(named, {symbol: "UNAVAILABLE" for symbol in call.symbols if symbol not in named}))

    def read_candle(self, call: Call, body: Any, minute_ms: int) -> Result[Ohlc | None, FeedFailure]:
        """The first row, whatever it is about."""
        found = super().read_candle(call, body, minute_ms)
        return Ok((found.value[1], *found.value[1:])) if isinstance(found, Ok) and found.value else found


def test_a_careless_reader_is_caught() -> None:
    """The control: a law that lets a binary fraction pass, or a swapped open, would find nothing elsewhere either."""
    asked = next(each for each in TICKERS if each.vendor.name == "okx")
    candle = next(each for each in CANDLES if each.vendor.name == "okx")

    with pytest.raises(Broken, match="was taken for"):
        ticker(Careless(), asked.call, asked.bodies[0])
    with pytest.raises(Broken, match="was taken for"):
        minute(Careless(), candle.call, candle.bodies[0])
    with pytest.raises(Broken, match="price with status 400"):
        ticker(Blind(), asked.call, asked.bodies[0])


class Blind(Okx):
    """A reader that does not look at the status."""

    def refusal(self, call: Call, status: int, body: object) -> Result[Said, FeedFailure]:
        """As if it were a 200."""
        return self.read(call, body, AT)


@given(st.recursive(scalars, lambda each: st.lists(each) | st.dictionaries(st.text(), each), max_leaves=12))
def test_the_second_reader_of_json_reads_what_was_written(value: Any) -> None:
    """As the standard library does, numbers as their digits."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if b"\xed" in body and not _is_utf_8(body):
        return
    again = json.loads(body, parse_int=Num, parse_float=Num)

    assert again == read_plain(body)
    assert again == read_plain(json.dumps(value).encode())


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode()
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "body",
    *[
        [
            *(
                "",
                "[",
                "]",
                "[1,]",
                "[,1]",
                "{,}",
                '{"a"}',
                '{"a":}',
                '{"a":1,}',
                "{a:1}",
                "[}",
                "{]",
                "nul",
                "+1",
            ),
            *(
                "01",
                "1.",
                ".5",
                "NaN",
                '"\n"',
                '"\\x"',
                "[] []",
                '{"a":1,"a":1}',
                "1 2",
                '"a',
                "[1 2]",
                '{"a" 1}',
            ),
        ]
    ],
)
def test_the_second_reader_of_json_is_strict(body: str) -> None:
    """What RFC 8259 does not allow, and a key twice."""
    with pytest.raises(NoJson):
        read_plain(body.encode())


def test_numbers_of_the_second_reader_are_never_rounded_twice() -> None:
    """Digits stay digits until the one rounding, which a fraction does half-even."""
    assert [Num("1.0"), {"a": Num("1E5")}] == read_plain(b'[1.0, {"a": 1E5}]')
    assert Decimal("1E5") == Decimal(read_plain(b"1E5"))
