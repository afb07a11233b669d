"""A second JSON reader, written otherwise than the standard library's: no recursion, no numbers, no mercy.

Numbers stay the text they were sent in. What RFC 8259 does not allow is refused, and so is a key that is there twice.
"""

from __future__ import annotations

import re
from typing import Any, Final

_TOKEN: Final = re.compile(
    rb'[ \t\r\n]*(?:([\[\]{},:])|("(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    rb"|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(true|false|null))"
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final = {b"true": True, b"false": False, b"null": None}
_BLANKS: Final = b" \t\r\n"


class NoJson(ValueError):
    """The bytes are no JSON, or name a key twice in one object."""


class Num(str):
    """A number, in the digits it was sent in."""

    __slots__ = ()


def read_plain(body: bytes) -> Any:
    """The body as dicts, lists, strings, `Num`, booleans and None. Raises `NoJson`."""
    body.decode("utf-8")  # a UnicodeDecodeError is a ValueError too
    stack: list[Any] = []
    keys: list[str | None] = []
    value: Any = None
    at, wanted = 0, "value"
    while True:
        token = _TOKEN.match(body, at)
        if token is None:
            raise NoJson(f"at byte {at}")
        at, mark = token.end(), token[1]
        if wanted == "key" and token[2] is not None:
            keys[-1] = _text(token[2])
            if keys[-1] in stack[-1]:
                raise NoJson("a key twice")
            colon = _TOKEN.match(body, at)
            if colon is None or colon[1] != b":":
                raise NoJson("no colon")
            at, wanted = colon.end(), "value"
            continue
        if wanted in ("value", "value or end") and mark in (b"[", b"{"):
            stack.append([] if mark == b"[" else {})
            keys.append(None)
            wanted = "value or end" if mark == b"[" else "key or end"
            continue
        if wanted == "key or end" and token[2] is not None:
            at, wanted = token.start(2), "key"
            continue
        if wanted in ("value", "value or end") and mark is None:
            value = _leaf(token)
        elif wanted in ("next", "value or end", "key or end") and mark in (b"]", b"}"):
            value = stack.pop()
            keys.pop()
            if isinstance(value, list) != (mark == b"]"):
                raise NoJson("the wrong bracket")
        elif wanted == "next" and mark == b",":
            wanted = "key" if isinstance(stack[-1], dict) else "value"
            continue
        else:
            raise NoJson(f"not here: byte {at}")
        if not stack:
            if body[at:].strip(_BLANKS):
                raise NoJson("something follows")
            return value
        if isinstance(stack[-1], list):
            stack[-1].append(value)
        else:
            stack[-1][keys[-1]] = value
        wanted = "next"


def _leaf(token: re.Match[bytes]) -> Any:
    if token[2] is not None:
        return _text(token[2])
    return Num(token[3].decode()) if token[3] is not None else _WORDS[token[4]]


def _text(quoted: bytes) -> str:
    inside = quoted[1:-1].decode("utf-8")
    plain = _ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _SHORT.get(found[2], found[2]), inside
    )
    # A pair of escapes stands for one letter; half a pair stays what it is.
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
