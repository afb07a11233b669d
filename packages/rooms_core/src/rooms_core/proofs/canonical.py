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

quote: Final = encode_basestring
"""A string in quotes, escaped as RFC 8785 §3.2.2.2 says; a lone surrogate passes, to be found by the encoder."""

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
    value = whole(written)
    return Err(NotANumber(written)) if value is None else Ok(value)


def whole(value: Json) -> int | None:
    """The same for a value as it was parsed, where why it is no number does not matter: then None."""
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def canonical_bytes(value: Json) -> bytes:
    """The one spelling of a value, in UTF-8.

    Raises ValueError for numbers, foreign types, keys that are no strings, lone surrogates and nesting
    deeper than `DEPTH_MAX`: a record of ours that holds one is a bug, not a refusal.
    """
    return spell(value).encode()


def canonical_hash(value: Json) -> str:
    """SHA-256 over the canonical bytes, as "sha256:" and 64 lower-case hex digits."""
    return "sha256:" + hashlib.sha256(canonical_bytes(value)).hexdigest()


def parse_canonical(data: bytes) -> Result[Json, ParseRefused]:
    """Read canonical bytes; whatever `canonical_bytes` would not have written is refused, with the reason."""
    read = read_json(data)
    if isinstance(read, Err):
        return read
    try:
        if _spelling(read.value, data) == data:
            return read
    except ValueError:
        return Err(NestedTooDeep(DEPTH_MAX))
    return Err(why_other(data))


def read_json(data: bytes) -> Result[Json, NotJson | NumberRefused | NestedTooDeep]:
    """Read JSON without numbers in any spelling: for a reader who then spells it again himself and compares."""
    try:
        written = data.decode()
        value, end = _READER.raw_decode(written)
    except UnicodeDecodeError as error:
        return Err(NotJson(f"no UTF-8 at byte {error.start}"))
    except _NumberSeen as seen:
        return Err(NumberRefused(seen.args[0]))
    except RecursionError:
        return Err(NestedTooDeep(DEPTH_MAX))
    except json.JSONDecodeError as error:
        return Err(NotJson(f"{error.msg} at character {error.pos}"))
    if written[end:].strip(" \t\r\n"):
        return Err(NotJson(f"Extra data at character {end}"))
    return Ok(value)


def why_other(data: bytes) -> DuplicateKey | OtherSpelling:
    """Why JSON that `read_json` took is not spelled as canonical: of two equal keys it kept the last."""
    try:
        _WATCHFUL_READER.decode(data.decode())
    except _KeySeenTwice as seen:
        return DuplicateKey(seen.args[0])
    return OtherSpelling()


def spell(value: Json, depth: int = DEPTH_MAX) -> str:
    """The canonical spelling as text, at most `depth` levels deep; raises ValueError as `canonical_bytes` does.

    Only a lone surrogate passes: it is found when the text is encoded.
    """
    if isinstance(value, str):
        return quote(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if depth == 0:
        raise ValueError(f"nested deeper than {DEPTH_MAX}")
    if isinstance(value, list | tuple):
        return "[" + ",".join([spell(item, depth - 1) for item in value]) + "]"
    if isinstance(value, dict):
        return (
            "{" + ",".join([quote(key) + ":" + spell(value[key], depth - 1) for key in _sorted(value)]) + "}"
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


class _NumberSeen(Exception):
    """Raised inside the JSON reader, caught in `read_json`."""


class _KeySeenTwice(Exception):
    """Raised inside the JSON reader, caught in `why_other`."""


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


def _spelling(value: Json, data: bytes) -> bytes:
    # In ASCII, code points and UTF-16 units sort alike, and few brackets cannot nest deeply: the library's C
    # writer then spells the same as ours, several times faster.
    if data.isascii() and data.count(b"{") + data.count(b"[") <= DEPTH_MAX:
        return _ASCII_WRITER.encode(value).encode("utf-8", "surrogatepass")
    return spell(value).encode("utf-8", "surrogatepass")
