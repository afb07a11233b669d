"""Canonical JSON: one value, one spelling, so that a hash of the bytes is a hash of the value (RFC 8785).

RFC 8785 is restricted here to what our records need: objects with string keys, lists, strings, booleans
and null. Numbers are refused both ways, because readers lose digits above 2^53: ours travel as decimal
strings (`text`, `number`). Nothing nests deeper than `DEPTH_MAX`, so no input can exhaust the reader's stack.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Final, NoReturn, TypeAlias

from rooms_core.result import Err, Ok, Result

Json: TypeAlias = "bool | str | Sequence[Json] | Mapping[str, Json] | None"
"""What canonical JSON can hold: at run time lists, tuples and dicts; never an `int` or a `float`."""

DEPTH_MAX: Final = 64
"""How deep lists and objects may nest, writing and reading."""

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NotJson:
    """The bytes are not UTF-8, or not JSON at all."""

    reason: str


@dataclass(frozen=True, slots=True)
class NumberRefused:
    """A JSON number (or NaN, Infinity) stands where a decimal string belongs."""

    number: str


@dataclass(frozen=True, slots=True)
class DuplicateKey:
    """An object names one key twice; two readers could disagree about its value."""

    key: str


@dataclass(frozen=True, slots=True)
class NestedTooDeep:
    """Lists and objects nest deeper than `limit`."""

    limit: int


@dataclass(frozen=True, slots=True)
class OtherSpelling:
    """JSON, but not in its one canonical spelling: blanks, key order, other escapes, a lone surrogate."""


ParseRefused: TypeAlias = NotJson | NumberRefused | DuplicateKey | NestedTooDeep | OtherSpelling


@dataclass(frozen=True, slots=True)
class NotANumber:
    """The text is no decimal number: only ASCII digits, no sign, no leading zero, at most 100 digits."""

    text: str


def text(value: int) -> str:
    """A whole number as its decimal string, as it travels in a record. Raises ValueError for a `bool`."""
    if type(value) is not int:
        raise ValueError(f"not a whole number: {value!r}")
    return str(value)


def number(written: str) -> Result[int, NotANumber]:
    """Read back a non-negative number written by `text`, in its one spelling."""
    if _NUMBER.fullmatch(written) is None:
        return Err(NotANumber(written))
    return Ok(int(written))


def canonical_bytes(value: Json) -> bytes:
    """The one spelling of a value, in UTF-8.

    Raises ValueError for numbers, foreign types, keys that are no strings, lone surrogates and nesting
    deeper than `DEPTH_MAX`: a record of ours that holds one is a bug, not a refusal.
    """
    return _spell(value, DEPTH_MAX).encode()


def canonical_hash(value: Json) -> str:
    """SHA-256 over the canonical bytes, as "sha256:" and 64 lower-case hex digits."""
    return "sha256:" + hashlib.sha256(canonical_bytes(value)).hexdigest()


def parse_canonical(data: bytes) -> Result[Json, ParseRefused]:
    """Read canonical bytes; whatever `canonical_bytes` would not have written is refused, with the reason."""
    try:
        written = data.decode()
        value: Json = _READER.decode(written)
    except UnicodeDecodeError as error:
        return Err(NotJson(f"no UTF-8 at byte {error.start}"))
    except _NumberSeen as seen:
        return Err(NumberRefused(seen.args[0]))
    except RecursionError:
        return Err(NestedTooDeep(DEPTH_MAX))
    except json.JSONDecodeError as error:
        return Err(NotJson(f"{error.msg} at character {error.pos}"))

    try:
        if _spelling(value, written) == written:
            return Ok(value)
    except _TooDeep:
        return Err(NestedTooDeep(DEPTH_MAX))
    return Err(_why_other(written))


def _spell(value: Json, depth: int) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if depth == 0:
        raise _TooDeep(f"nested deeper than {DEPTH_MAX}")
    if isinstance(value, list | tuple):
        return "[" + ",".join([_spell(item, depth - 1) for item in value]) + "]"
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(
                [encode_basestring(key) + ":" + _spell(value[key], depth - 1) for key in _sorted(value)]
            )
            + "}"
        )
    raise ValueError(f"canonical JSON holds no {type(value).__name__}: {value!r}")


def _sorted(keys: Mapping[str, Json]) -> list[str]:
    for key in keys:
        if not isinstance(key, str):
            raise ValueError(f"a key must be a string: {key!r}")
    # RFC 8785 §3.2.3 sorts by UTF-16 code units, which puts U+1F600 (D83D DE00) before U+FB33.
    return sorted(keys, key=_utf_16)


def _utf_16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


class _TooDeep(ValueError):
    """More than `DEPTH_MAX` levels."""


class _NumberSeen(Exception):
    """Raised inside the JSON reader, caught in `parse_canonical`."""


class _KeySeenTwice(Exception):
    """Raised inside the JSON reader, caught in `_why_other`."""


def _refuse_number(digits: str) -> NoReturn:
    raise _NumberSeen(digits)


def _refuse_twins(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise _KeySeenTwice(key)
        found[key] = value
    return found


_READER: Final = json.JSONDecoder(
    parse_int=_refuse_number, parse_float=_refuse_number, parse_constant=_refuse_number
)
_WATCHFUL_READER: Final = json.JSONDecoder(object_pairs_hook=_refuse_twins)
_ASCII_WRITER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _spelling(value: Json, written: str) -> str:
    # In ASCII, code points and UTF-16 units sort alike, and few brackets cannot nest deeply: the library's C
    # writer then spells the same as ours, several times faster.
    if written.isascii() and written.count("{") + written.count("[") <= DEPTH_MAX:
        return _ASCII_WRITER.encode(value)
    return _spell(value, DEPTH_MAX)


def _why_other(written: str) -> DuplicateKey | OtherSpelling:
    # The quick reader keeps the last of two equal keys, so the spelling differs; only now ask why.
    try:
        _WATCHFUL_READER.decode(written)
    except _KeySeenTwice as seen:
        return DuplicateKey(seen.args[0])
    return OtherSpelling()
