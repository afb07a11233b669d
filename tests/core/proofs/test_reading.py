"""Reading records of strangers: each field there, of its kind, and nothing besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rooms_core.proofs.reading import (
    Malformed,
    read_flag,
    read_list,
    read_number,
    read_object,
    read_pair,
    read_text,
    read_texts,
    refuse_others,
)


def refused(read: Callable[[], Any]) -> str:
    """What the reader says."""
    with pytest.raises(Malformed) as why:
        read()
    return str(why.value)


@pytest.mark.parametrize(
    "read, value",
    [
        (read_object, {"a": "1"}),
        (read_list, ["1", {}]),
        (read_list, ("1",)),
        (read_text, "YES"),
        (read_texts, ("YES", "NO")),
        (read_flag, True),
        (read_flag, False),
    ],
)
def test_a_field_of_its_kind_is_read(read: Callable[[Any, str], Any], value: object) -> None:
    """What is there and of its kind is answered as it stands."""
    assert value == read({"field": value, "other": None}, "field")


@pytest.mark.parametrize(
    "read, value, says",
    [
        (read_object, ["a"], "field is no object"),
        (read_object, None, "field is no object"),
        (read_list, {"a": "1"}, "field is no list"),
        (read_list, "abc", "field is no list"),
        (read_text, "", "field is no text"),
        (read_text, 5, "field is no text"),
        (read_text, None, "field is no text"),
        (read_texts, ["YES", ""], "field is no text"),
        (read_texts, "YES", "field is no list"),
        (read_flag, "true", "field is neither true nor false"),
        (read_flag, 1, "field is neither true nor false"),
        (read_number, 5, "field is no text"),
        (read_number, "05", "field is no whole number in decimal digits"),
        (read_number, "-5", "field is no whole number in decimal digits"),
        (read_number, "5.0", "field is no whole number in decimal digits"),
        (read_number, "٥", "field is no whole number in decimal digits"),
        (read_number, " 5", "field is no whole number in decimal digits"),
        (read_number, "9" * 101, "field is no whole number in decimal digits"),
    ],
)
def test_a_field_of_another_kind_is_named(read: Callable[[Any, str], Any], value: object, says: str) -> None:
    """The message says which field is wrong and what was expected."""
    assert says == refused(lambda: read({"field": value}, "field"))


@pytest.mark.parametrize("read", [read_object, read_list, read_text, read_texts, read_flag, read_number])
def test_a_missing_field_is_named(read: Callable[[Any, str], Any]) -> None:
    """Nothing is assumed for what is not there."""
    assert "field is missing" == refused(lambda: read({"other": "1"}, "field"))


@pytest.mark.parametrize("digits", ["0", "7", "9223372036854775807", "9" * 100])
def test_numbers_are_decimal_strings_of_any_size(digits: str) -> None:
    """Amounts above 2^53 keep all their digits."""
    assert int(digits) == read_number({"field": digits}, "field")


def test_a_pair_is_two_numbers() -> None:
    """A row of a dividend ladder has two figures, no more and no fewer."""
    assert (9_000, 10_200) == read_pair(["9000", "10200"])
    assert "a row is not a pair" == refused(lambda: read_pair(["9000"]))
    assert "a row is not a pair" == refused(lambda: read_pair(["9000", "1", "2"]))
    assert "row is no list" == refused(lambda: read_pair("90"))
    assert "figure is no text" == refused(lambda: read_pair(["9000", 10_200]))


def test_fields_nobody_knows_are_refused() -> None:
    """What a checker does not read it cannot vouch for; the message lists them in order."""
    refuse_others({"a": 1}, {"a", "b"})

    assert "unknown keys: x, y" == refused(lambda: refuse_others({"y": 1, "a": 1, "x": 1}, {"a", "b"}))
