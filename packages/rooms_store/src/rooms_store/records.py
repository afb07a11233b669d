"""Frozen values of the core as JSON text and back, exactly: whole numbers stay whole, whatever their size.

A value is written by its declared type: a dataclass as an object of its fields, a choice between dataclasses with
the class's name around it. A field that a stored text lacks takes its default, so that new fields need no migration.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from rooms_core.domain.money import Lamports

T = TypeVar("T")
_Way = Callable[[Any], Any]


def write_record(declared: type[T], value: T) -> str:
    """The value as JSON text."""
    write, _ = _ways(cast(Any, declared))
    return json.dumps(write(value), ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=8192)
def _read(declared: Any, text: str) -> Any:
    return _ways(declared)[1](json.loads(text))


def parse_record(declared: Any, text: str) -> Any:
    """The value that `text` stands for, for text that others may have written: no type is taken for another.

    Raises ValueError, TypeError, KeyError or AttributeError where it stands for none.
    """
    return _ways(declared)[1](json.loads(text))


def read_record(declared: type[T], text: str) -> T:
    """The value that was written as `text`. The same text gives the same (frozen) value."""
    return cast(T, _read(cast(Any, declared), text))


def write_optional(declared: type[T], value: T | None) -> str | None:
    """The value as JSON text; None stays None."""
    return None if value is None else write_record(declared, value)


def read_optional(declared: type[T], text: str | None) -> T | None:
    """The value that was written as `text`; None stays None."""
    return None if text is None else read_record(declared, text)


@cache
def _ways(declared: Any) -> tuple[_Way, _Way]:
    """How a type is written and read. Raises TypeError for a type that no record of ours has."""
    if isinstance(declared, NewType):
        return _ways(declared.__supertype__)
    if declared in (int, str, bool, NoneType):
        return _same, _exactly(declared)
    if declared is Lamports:
        return (lambda amount: amount.value), Lamports
    if get_origin(declared) is tuple:
        return _tuple_ways(get_args(declared))
    if get_origin(declared) in (Union, UnionType):
        return _choice_ways(get_args(declared))
    if isinstance(declared, type) and issubclass(declared, StrEnum):
        return (lambda word: word.value), declared
    if is_dataclass(declared):
        return _object_ways(declared)
    raise TypeError(f"no record holds {declared!r}")


def _same(value: Any) -> Any:
    return value


def _exactly(declared: Any) -> _Way:
    def read(value: Any) -> Any:
        if type(value) is not declared:
            raise ValueError(f"{value!r} is no {declared.__name__}")
        return value

    return read


def _tuple_ways(parts: tuple[Any, ...]) -> tuple[_Way, _Way]:
    if parts[-1] is Ellipsis:
        write, read = _ways(parts[0])
        return (lambda items: [write(item) for item in items]), lambda items: tuple(map(read, items))
    ways = [_ways(part) for part in parts]
    return (
        lambda items: [way[0](item) for way, item in zip(ways, items, strict=True)],
        lambda items: tuple(way[1](item) for way, item in zip(ways, items, strict=True)),
    )


def _choice_ways(choices: tuple[Any, ...]) -> tuple[_Way, _Way]:
    some = [choice for choice in choices if choice is not NoneType]
    if len(some) == 1:
        write, read = _ways(some[0])
        return _unless_none(write), _unless_none(read)
    named = {choice.__name__: _ways(choice) for choice in some}

    def write_named(value: Any) -> Any:
        name = type(value).__name__
        return {name: named[name][0](value)}

    def read_named(data: Any) -> Any:
        ((name, inner),) = data.items()
        return named[name][1](inner)

    return _unless_none(write_named), _unless_none(read_named)


def _unless_none(way: _Way) -> _Way:
    return lambda value: None if value is None else way(value)


def _object_ways(declared: Any) -> tuple[_Way, _Way]:
    hints = get_type_hints(declared)
    ways = {each.name: _ways(hints[each.name]) for each in fields(declared)}
    return (
        lambda value: {name: way[0](getattr(value, name)) for name, way in ways.items()},
        lambda data: declared(**{name: ways[name][1](inner) for name, inner in data.items()}),
    )
