"""Reading records that strangers hand us: every field there, of its kind, and nothing besides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rooms_core.proofs.canonical import number
from rooms_core.result import Ok


class Malformed(Exception):
    """A record is not of its form. Private to the readers: a checker turns it into a typed refusal."""


def read_object(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object, by its key."""
    value = _at(record, key)
    if not isinstance(value, Mapping):
        raise Malformed(f"{key} is no object")
    return value


def read_list(record: Mapping[str, Any], key: str) -> Sequence[Any]:
    """A list, by its key."""
    value = _at(record, key)
    if not isinstance(value, list | tuple):
        raise Malformed(f"{key} is no list")
    return value


def read_text(record: Mapping[str, Any], key: str) -> str:
    """A text that is not empty, by its key."""
    value = _at(record, key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{key} is no text")
    return value


def read_texts(record: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts, by its key."""
    return tuple(read_text({key: each}, key) for each in read_list(record, key))


def read_flag(record: Mapping[str, Any], key: str) -> bool:
    """True or false, by its key."""
    value = _at(record, key)
    if not isinstance(value, bool):
        raise Malformed(f"{key} is neither true nor false")
    return value


def read_number(record: Mapping[str, Any], key: str) -> int:
    """A non-negative whole number, written as decimal digits in a string, by its key."""
    found = number(read_text(record, key))
    if not isinstance(found, Ok):
        raise Malformed(f"{key} is no whole number in decimal digits")
    return found.value


def read_pair(row: object) -> tuple[int, int]:
    """Two numbers in a list."""
    values = read_list({"row": row}, "row")
    if len(values) != 2:
        raise Malformed("a row is not a pair")
    first, second = ({"figure": each} for each in values)
    return read_number(first, "figure"), read_number(second, "figure")


def refuse_others(record: Mapping[str, Any], keys: Collection[str]) -> None:
    """Refuse keys nobody knows: what a checker does not read it cannot vouch for."""
    others = sorted(set(record) - set(keys))
    if others:
        raise Malformed(f"unknown keys: {', '.join(others)}")


def _at(record: Mapping[str, Any], key: str) -> Any:
    if key not in record:
        raise Malformed(f"{key} is missing")
    return record[key]
