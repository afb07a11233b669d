"""Canonical JSON: one spelling per value, and every other spelling refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.proofs.canonical import (
    DEPTH_MAX,
    DuplicateKey,
    Json,
    NestedTooDeep,
    NotANumber,
    NotJson,
    NumberRefused,
    OtherSpelling,
    ParseRefused,
    canonical_bytes,
    canonical_hash,
    number,
    parse_canonical,
    text,
)
from rooms_core.result import Err, Ok

strings = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | strings,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(strings, inner, max_size=4),
    max_leaves=12,
)


def nested(depth: int) -> Json:
    value: Json = []
    for _ in range(depth - 1):
        value = [value]
    return value


@given(values)
def test_what_is_written_is_read_back(value: Json) -> None:
    """Reading canonical bytes gives the value they were written from."""
    assert Ok(value) == parse_canonical(canonical_bytes(value))


@given(values)
def test_every_json_reader_agrees_with_ours(value: Json) -> None:
    """Canonical bytes are plain JSON to any other reader."""
    assert value == json.loads(canonical_bytes(value))


@given(st.dictionaries(strings, st.just("x"), min_size=2, max_size=6))
def test_the_order_of_keys_in_memory_does_not_matter(value: dict[str, str]) -> None:
    """Two objects with equal members have equal bytes, in whatever order they were filled."""
    turned = dict(reversed(value.items()))

    assert canonical_bytes(value) == canonical_bytes(turned)


@given(values, st.data())
def test_a_flipped_bit_gives_another_value_or_no_value(value: Json, data: st.DataObject) -> None:
    """No two spellings share a value: any changed bit is refused or reads as something else."""
    good = canonical_bytes(value)
    place = data.draw(st.integers(0, len(good) * 8 - 1))
    bad = bytearray(good)
    bad[place // 8] ^= 1 << place % 8

    match parse_canonical(bytes(bad)):
        case Ok(other):
            assert canonical_bytes(other) == bytes(bad) != good
        case Err():
            pass


def test_keys_are_sorted_by_utf_16_units() -> None:
    """RFC 8785 §3.2.3's own example: a smiling face sorts before a Hebrew presentation form."""
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    expected = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]

    written = canonical_bytes(value)

    assert expected == list(json.loads(written))
    assert isinstance(parse_canonical(written), Ok)


def test_strings_are_escaped_as_rfc_8785_says() -> None:
    """RFC 8785 §3.2.2.2's own example, and every control character: short escapes where JSON has them."""
    assert (
        canonical_bytes('\u20ac$\u000f\u000aA\'B"\\\\"/') == b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'
    )
    assert canonical_bytes("\b\t\n\f\r\0\x1f\x7f\u2028") == b'"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\xe2\x80\xa8"'


def test_lists_tuples_and_constants() -> None:
    """A tuple is written as a list; null, true and false have their JSON names; nothing is padded."""
    assert canonical_bytes({"b": {}, "a": (None, True, False, "x")}) == b'{"a":[null,true,false,"x"],"b":{}}'


def test_the_hash_names_its_algorithm() -> None:
    """A hash is SHA-256 over the bytes, with the algorithm in front."""
    assert canonical_hash({}) == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    "value",
    [
        1,
        -1,
        1.5,
        {"a": 1},
        [float("nan")],
        {1: "a"},
        {None: "a"},
        b"x",
        {"a", "b"},
        "\ud800",
        {"\udc00": "x"},
    ],
)
def test_numbers_and_foreign_things_are_never_written(value: Json) -> None:
    """Numbers travel as strings; bytes, sets, other keys and halves of characters have no spelling."""
    with pytest.raises(ValueError):
        canonical_bytes(value)


def test_depth_is_bounded_writing_and_reading() -> None:
    """The limit of nesting holds both ways, however deep the input goes."""
    assert Ok(nested(DEPTH_MAX)) == parse_canonical(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)
    for depth in (DEPTH_MAX + 1, 500, 200_000):
        assert Err(NestedTooDeep(DEPTH_MAX)) == parse_canonical(b"[" * depth + b"]" * depth)
    with pytest.raises(ValueError, match="deeper"):
        canonical_bytes(nested(DEPTH_MAX + 1))


def test_many_brackets_are_not_depth() -> None:
    """A long list of short lists is written and read like any other."""
    wide: Json = [[] for _ in range(3 * DEPTH_MAX)]

    assert Ok(wide) == parse_canonical(canonical_bytes(wide))


@pytest.mark.parametrize(
    "data, why",
    [
        (b"1", NumberRefused("1")),
        (b'{"a":-0}', NumberRefused("-0")),
        (b"[1.0]", NumberRefused("1.0")),
        (b"[1e400]", NumberRefused("1e400")),
        (b"NaN", NumberRefused("NaN")),
        (b"[-Infinity]", NumberRefused("-Infinity")),
        (b'{"a":"1","a":"1"}', DuplicateKey("a")),
        (b'{"a":"1","\\u0061":"1"}', DuplicateKey("a")),
        (b'{"x":[{"a":"1","b":"","a":"2"}]}', DuplicateKey("a")),
        (b'{"b":"1","a":"2"}', OtherSpelling()),
        (b'{"a": "1"}', OtherSpelling()),
        (b'"a" ', OtherSpelling()),
        (b'"\\u0041"', OtherSpelling()),
        (b'"\\/"', OtherSpelling()),
        (b'"\\u001F"', OtherSpelling()),
        (b'"\\ud800"', OtherSpelling()),
        (b'"\\ud83d\\ude00"', OtherSpelling()),
        ('{"\ufb33":"","\U0001f600":""}'.encode(), OtherSpelling()),
        ('{"é":"\\ud800"}'.encode(), OtherSpelling()),
        (b"", NotJson("Expecting value at character 0")),
        (b"[] []", NotJson("Extra data at character 2")),
        (b'"\n"', NotJson("Invalid control character at at character 1")),
        (b'"\xff"', NotJson("no UTF-8 at byte 1")),
        (b'"\xed\xa0\x80"', NotJson("no UTF-8 at byte 1")),
        (b"\xef\xbb\xbf[]", NotJson("Expecting value at character 0")),
    ],
)
def test_any_other_spelling_is_refused(data: bytes, why: ParseRefused) -> None:
    """A strict reader takes the canonical spelling only, and says what is wrong with another."""
    assert Err(why) == parse_canonical(data)


@given(st.integers(min_value=0, max_value=10**100 - 1))
def test_numbers_travel_as_text(value: int) -> None:
    """A whole number comes back from its decimal string exactly."""
    assert Ok(value) == number(text(value))


@pytest.mark.parametrize(
    "written", ["", "-1", "+1", "01", "1_000", "1e9", " 1", "1\n", "٣", "1.0", "1" * 101]
)
def test_a_number_has_one_spelling(written: str) -> None:
    """Signs, leading zeros, blanks, exponents, other scripts' digits and absurd lengths are refused."""
    assert Err(NotANumber(written)) == number(written)


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_only_whole_numbers_become_text(value: int) -> None:
    """Booleans and floats are not whole numbers, whatever Python thinks."""
    with pytest.raises(ValueError):
        text(value)
