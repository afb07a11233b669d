"""What a room may be called: text that cannot hide, reorder or link anything.

A title never decides an outcome; the machine-readable question is shown beside it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, TypeAlias

from rooms_core.result import Err, Ok, Result

TITLE_MIN: Final = 5
TITLE_MAX: Final = 200
_UTF16_MAX: Final = 400
_MARKS_MAX: Final = 2
_REFUSED: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_LINK: Final = re.compile(
    r"[a-z][a-z0-9+.\-]*://\S*|\b(?:tg|mailto|javascript):\S*|\bwww\.\S+|@\w+"
    r"|\b[\w\-]+(?:\.[\w\-]+)*\.(?:com|org|net|io|me|xyz|app|dev|gg|co|info|ru|site|online|top|link|fun)\b\S*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TitleLength:
    """Titles have `least` to `most` characters; this one has `length`."""

    length: int
    least: int = TITLE_MIN
    most: int = TITLE_MAX


@dataclass(frozen=True, slots=True)
class TitleCharacter:
    """A character that cannot be seen, or that changes how others are read: its code point and Unicode category."""

    code_point: int
    category: str


@dataclass(frozen=True, slots=True)
class TitleMarks:
    """More than `most` combining marks stand in a row."""

    most: int = _MARKS_MAX


@dataclass(frozen=True, slots=True)
class TitleLink:
    """Titles hold no links, @names or tg: addresses."""

    found: str


TitleRefused: TypeAlias = TitleLength | TitleCharacter | TitleMarks | TitleLink


def check_title(text: str) -> Result[str, TitleRefused]:
    """The title as it is stored (NFC, no blanks around it), or why it is refused."""
    title = unicodedata.normalize("NFC", text).strip()
    for character in title:
        category = unicodedata.category(character)
        if category in _REFUSED:
            return Err(TitleCharacter(ord(character), category))
    if not TITLE_MIN <= len(title) <= TITLE_MAX or len(title.encode("utf-16-le")) > 2 * _UTF16_MAX:
        return Err(TitleLength(len(title)))
    marks = 0
    for character in title:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks > _MARKS_MAX:
            return Err(TitleMarks())
    link = _LINK.search(title)
    if link is not None:
        return Err(TitleLink(link.group()))
    return Ok(title)
