"""One case of `rooms oracle aggregate`: a decoded JSON object in, the answer object or what is malformed out.

The door is strict. All keys of a case are needed and others are refused (only `expected` is ignored, in the
case and in its hits); integers are canonical decimal strings. What is inside the door is the rule's business:
a price of 0 or a weight of -1 is well formed, and the rule rejects it by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rooms_core.domain.market import Direction
from rooms_core.result import Err, Ok, Result
from rooms_oracle.aggregate import Aggregate, Observation, Params, aggregate
from rooms_oracle.aggregate_json import JsonObject, result_json
from rooms_oracle.hits import hit

DIGITS_MAX: Final = 1_000
"""Far beyond any price, and near enough that every figure of an answer can be written out."""

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)
_CASE: Final = ("name", "params", "observations", "hits")
_PARAMS: Final = ("max_age_ms", "max_skew_ms", "quorum", "tol_floor_ppm", "tol_cap_ppm", "conf_cap_ppm")
_OBSERVATION: Final = ("source", "family", "price", "conf", "age_ms", "weight")
_HIT: Final = ("target", "direction")


@dataclass(frozen=True, slots=True)
class Malformed:
    """The case cannot be judged; `message` says where and why."""

    message: str


class _MalformedError(Exception):
    """Leaves the reader at the first thing that is wrong; never leaves this file."""


def aggregate_line(case: object) -> Result[JsonObject, Malformed]:
    """Answer `{"name", "result", "hits"}` for one case; `hits` are null when the tick was not accepted."""
    try:
        fields = _object(case, "the case", _CASE, ignored="expected")
        name = _text(fields["name"], "name")
        params = _params(fields["params"])
        observations = _observations(fields["observations"])
        targets = _targets(fields["hits"])
    except _MalformedError as wrong:
        return Err(Malformed(str(wrong)))
    found = aggregate(observations, params)
    return Ok({"name": name, "result": result_json(found), "hits": _hits(found, targets)})


def _hits(found: Aggregate, targets: Iterable[tuple[Direction, int]]) -> list[bool | None]:
    return [hit(found, direction, target) for direction, target in targets]


def _params(value: object) -> Params:
    fields = _object(value, "params", _PARAMS)
    numbers = {name: _integer(fields[name], f"params.{name}") for name in _PARAMS}
    if numbers["quorum"] < 1:
        raise _MalformedError("params.quorum is under 1")
    return Params(**numbers)


def _observations(value: object) -> list[Observation]:
    observations = []
    sources: set[str] = set()
    for where, item in _items(value, "observations"):
        fields = _object(item, where, _OBSERVATION)
        source = _text(fields["source"], f"{where}.source")
        family = _text(fields["family"], f"{where}.family")
        price, conf, age_ms, weight = (
            _integer(fields[name], f"{where}.{name}") for name in ("price", "conf", "age_ms", "weight")
        )
        if source in sources:
            raise _MalformedError(f"{where}.source is there twice")
        sources.add(source)
        observations.append(Observation(source, family, price, conf, age_ms, weight))
    return observations


def _targets(value: object) -> list[tuple[Direction, int]]:
    targets = []
    for where, item in _items(value, "hits"):
        fields = _object(item, where, _HIT, ignored="expected")
        direction = fields["direction"]
        if direction not in ("up", "down"):
            raise _MalformedError(f'{where}.direction is neither "up" nor "down"')
        targets.append((Direction(str(direction)), _integer(fields["target"], f"{where}.target")))
    return targets


def _object(value: object, where: str, needed: tuple[str, ...], *, ignored: str = "") -> dict[str, object]:
    if not isinstance(value, dict):
        raise _MalformedError(f"{where} is no object")
    for name in needed:
        if name not in value:
            raise _MalformedError(f"{where} has no {name}")
    for name in value:
        if name not in needed and name != (ignored or None):
            raise _MalformedError(f"{where} has an unknown key")
    return value


def _items(value: object, where: str) -> list[tuple[str, object]]:
    if not isinstance(value, list):
        raise _MalformedError(f"{where} is no list")
    return [(f"{where}[{position}]", item) for position, item in enumerate(value)]


def _text(value: object, where: str) -> str:
    """A string that can be written as UTF-8: half of a surrogate pair cannot."""
    if not isinstance(value, str) or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _MalformedError(f"{where} is no text")
    return value


def _integer(value: object, where: str) -> int:
    if not isinstance(value, str) or len(value) > DIGITS_MAX or _INTEGER.fullmatch(value) is None:
        raise _MalformedError(f"{where} is no whole number in a string")
    return int(value)
