"""Cases from JSON: one object, or JSON Lines, read as strictly as money asks for.

Input that parses whole as one object is one case, over however many lines; else every line that is not blank is a
case. JSON Lines are read one at a time, so a file of any length needs the memory of its longest line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

from rooms_core.result import Err, Ok, Result

DIGITS_MAX: Final = 1_000
"""The longest JSON integer that is read: far beyond any amount, and near enough that answers can be written out."""

_BLANKS: Final = " \t\r\n"  # JSON's own: a form feed or a no-break space makes no blank line
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Malformed:
    """The case cannot be judged; `message` says where and why."""

    message: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case and the line it begins on, counted from 1, blank lines included."""

    line: int
    value: Result[dict[str, object], Malformed]


@dataclass(frozen=True, slots=True)
class _Parsed:
    """JSON; `problem` is what the strict reader does not let pass all the same."""

    value: object
    problem: str | None


@dataclass(frozen=True, slots=True)
class _Unfinished:
    """No JSON, but perhaps the beginning of some."""

    message: str


@dataclass(frozen=True, slots=True)
class _NotJson:
    """No JSON, whatever follows."""

    message: str


_Numbered: TypeAlias = tuple[int, bytes]


def read_cases(lines: Iterable[bytes]) -> Iterator[Case]:
    """The cases of an input given as lines of bytes, as a file opened in binary mode yields them."""
    numbered: Iterator[_Numbered] = (
        each for each in enumerate(_without_bom(lines), start=1) if each[1].strip(_BLANKS.encode())
    )
    for number, data in numbered:
        first = _parse(data)
        if not isinstance(first, _Unfinished):
            yield Case(number, _as_object(first))
            break
        held = [(number, data)]
        whole = _gather(held, numbered)
        if whole is not None:
            yield Case(number, _as_object(whole))
        else:
            numbered = chain(held, numbered)
        break
    for number, data in numbered:
        yield Case(number, _as_object(_parse(data)))


def _without_bom(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Some editors begin a file with a mark that is no part of its text."""
    rest = iter(lines)
    for first in rest:
        yield first.removeprefix(_BOM)
        break
    yield from rest


def _gather(held: list[_Numbered], more: Iterator[_Numbered]) -> _Parsed | None:
    """The one object that all lines make together; None when they do not, with what was read of them in `held`.

    The text is tried each time it has doubled: a long file with a bad first line is noticed early, and a long
    object is not parsed anew with every line.
    """
    tried = size = len(held[0][1])
    for each in more:
        held.append(each)
        size += len(each[1])
        if size >= 2 * tried:
            tried = size
            if isinstance(_parse_lines(held), _NotJson):
                return None
    whole = _parse_lines(held)
    return whole if isinstance(whole, _Parsed) and isinstance(whole.value, dict) else None


def _parse_lines(held: list[_Numbered]) -> _Parsed | _Unfinished | _NotJson:
    return _parse(b"".join(data for _, data in held))


def _as_object(read: _Parsed | _Unfinished | _NotJson) -> Result[dict[str, object], Malformed]:
    if not isinstance(read, _Parsed):
        return Err(Malformed(read.message))
    if read.problem is not None:
        return Err(Malformed(read.problem))
    if not isinstance(read.value, dict):
        return Err(Malformed("JSON, but no object"))
    return Ok(read.value)


def _parse(data: bytes) -> _Parsed | _Unfinished | _NotJson:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _NotJson(f"no UTF-8 at byte {error.start + 1}")
    reader = _StrictReader()
    try:
        return _Parsed(reader.decode(text), reader.problem)
    except RecursionError:
        return _NotJson("lists and objects are nested too deep")
    except json.JSONDecodeError as error:
        message = f"no JSON: {error.msg.removesuffix(' at')} at character {error.pos + 1}"
        # No token of JSON goes over the end of a line, so only an error at the very end can be mended by the next.
        return (_Unfinished if error.pos >= len(text.rstrip(_BLANKS)) else _NotJson)(message)


class _StrictReader:
    """A JSON reader that notes what the standard one lets pass: twin keys, endless numbers, NaN and Infinity."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self.decode = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=self._integer, parse_constant=self._constant
        ).decode

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counted = Counter(key for key, _ in pairs)
            twin = counted.most_common(1)[0][0]
            self._note(f"the key {quoted(twin)} is there twice in one object")
        return found

    def _integer(self, digits: str) -> int:
        if len(digits) > DIGITS_MAX:
            self._note(f"a number of more than {DIGITS_MAX} digits")
            return 0
        return int(digits)

    def _constant(self, name: str) -> None:
        self._note(f"{name} is no JSON")

    def _note(self, problem: str) -> None:
        self.problem = self.problem or problem


def quoted(text: str) -> str:
    """A text from outside as it can stand in a message: on one line, in ASCII, and not too long."""
    return json.dumps(text if len(text) <= 40 else text[:40] + "…")
