"""What can go wrong when a feed is asked: a closed list, each answered in `Err`. No exception leaves the package.

    Timeout · Unreachable · HttpStatus · Throttled · SwitchedOff · Malformed · VendorError    the feed's doing
    NotAsked                                                                                  ours: we held back

That a feed does not know a symbol is no failure: the others of the batch are answered, and it is named as missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

_WORD_START: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SENTENCE_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Timeout:
    """No whole answer within the time it had."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """There was no connection, or it ended before an answer began; `what` names the kind of trouble."""

    what: str


@dataclass(frozen=True, slots=True)
class HttpStatus:
    """An answer with a status that carries no prices."""

    status: int


@dataclass(frozen=True, slots=True)
class Throttled:
    """The feed says that we ask too often; it wants to be left alone for so long (None: it does not say)."""

    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """The feed does not serve us (401, 403, 451): nothing but other settings will change that."""

    status: int


@dataclass(frozen=True, slots=True)
class Malformed:
    """The answer is not of the shape we know; `what` says where, and never repeats what was sent."""

    what: str


@dataclass(frozen=True, slots=True)
class VendorError:
    """The feed answered with an error of its own, whatever the HTTP status was."""

    code: str
    sentence: str


FeedFailure: TypeAlias = (
    Timeout | Unreachable | HttpStatus | Throttled | SwitchedOff | Malformed | VendorError
)


class Held(StrEnum):
    """Why a feed was not asked."""

    OFF = "OFF"
    MUTED = "MUTED"
    BACKING_OFF = "BACKING_OFF"
    BREAKER_OPEN = "BREAKER_OPEN"
    NO_BUDGET = "NO_BUDGET"
    NO_TIME = "NO_TIME"


@dataclass(frozen=True, slots=True)
class NotAsked:
    """We held back; no call was made."""

    by: Held


def kind_of(why: FeedFailure | NotAsked) -> str:
    """A failure in one word, for counters and records ("VENDOR_ERROR", "HTTP_STATUS", "BREAKER_OPEN", …)."""
    if isinstance(why, NotAsked):
        return why.by.value
    return _WORD_START.sub("_", type(why).__name__).upper()


def sentence(text: object) -> str:
    """What a vendor says, fit to be logged: printable ASCII, at most 120 letters; "" if it is no text."""
    if not isinstance(text, str):
        return ""
    return "".join([letter for letter in text if " " <= letter <= "~"])[:_SENTENCE_MAX]
