"""JSON as a tree that can hold what no JSON should: a key twice in one object, and text that stands as it is."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.fuzz.plain_json import Num


class Pairs(list[Any]):
    """An object as [key, value] pairs."""


class Place(NamedTuple):
    """A list, or the pairs of an object, and a position in it."""

    holder: list[Any]
    at: int


def read_tree(body: bytes) -> Any:
    """The body as a tree. Raises ValueError or RecursionError where it is no JSON."""
    return json.loads(
        body,
        object_pairs_hook=lambda pairs: Pairs([list(pair) for pair in pairs]),
        parse_int=Num,
        parse_float=Num,
        parse_constant=Num,
    )


def places_in(root: list[Any]) -> list[Place]:
    """Every place in a tree."""
    found: list[Place] = []
    waiting: list[list[Any]] = [root]
    while waiting:
        holder = waiting.pop()
        for at, item in enumerate(holder):
            found.append(Place(holder, at))
            value = item[1] if isinstance(holder, Pairs) else item
            if isinstance(value, list):
                waiting.append(value)
    return found


def written(value: Any) -> str:
    """A tree as text; what is a `Num` stands in it as it is, whatever it is."""
    return "".join(_pieces(value))


def _pieces(value: Any) -> list[str]:
    if isinstance(value, Num):
        return [str(value)]
    if isinstance(value, Pairs):
        inside: list[str] = []
        for key, each in value:
            inside += [",", json.dumps(key, ensure_ascii=False), ":", *_pieces(each)]
        return ["{", *inside[1:], "}"]
    if isinstance(value, list):
        inside = []
        for each in value:
            inside += [",", *_pieces(each)]
        return ["[", *inside[1:], "]"]
    return [json.dumps(value, ensure_ascii=False)]
