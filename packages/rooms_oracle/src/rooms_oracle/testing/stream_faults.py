"""What streams have done to somebody, besides what feeds do to prices: those faults (`Fault`) work on streams, too."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class StreamFault(StrEnum):
    """One thing that goes wrong with a stream."""

    NO_ANSWER = "no answer to the handshake"
    FORBIDDEN = "403"
    NOT_HERE = "451"
    THROTTLED = "429 with Retry-After"
    BUSY = "503"
    REDIRECT = "302 to elsewhere"
    HANG_UP = "the connection closed without a word"

    CUT = "the connection cut in the middle of a message"
    SILENT = "nothing more, on a connection that stays open"
    GARBAGE = "bytes that are no frame"
    NO_JSON = "texts that are no JSON"
    UNKNOWN = "messages of an unknown kind"
    HUGE = "a message of a megabyte"
    DISCONNECTS = "closed again and again"
    LEAVING = "word that it is about to close"
    REPEATING = "the last message again and again"
    OUT_OF_ORDER = "older messages after newer ones"
    WRONG_SYMBOL = "the prices of another symbol"


REFUSALS: Final = {
    StreamFault.FORBIDDEN: 403,
    StreamFault.NOT_HERE: 451,
    StreamFault.THROTTLED: 429,
    StreamFault.BUSY: 503,
    StreamFault.REDIRECT: 302,
}
"""Statuses that answer a handshake."""
HEALTHY_SECONDS: Final = 0.3
"""So long a connection goes well that is closed again and again, or about to close."""
