"""Everything a feed has ever done to somebody, as switches of the feed server."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """One thing that goes wrong. Those up to `BUSY` spoil the answer as a whole, the others what it says."""

    TIMEOUT = "no answer"
    DRIP = "an answer byte by byte"
    CUT = "an answer cut in half"
    HANG_UP = "the connection closed without an answer"
    HTML = "a page for people"
    EMPTY = "a body of nothing"
    HUGE = "a body of many megabytes"
    BOMB = "a small body that unpacks to many megabytes"
    REDIRECT = "a redirect to elsewhere"
    ERROR_200 = "an error with status 200"
    THROTTLED = "429 with Retry-After"
    BANNED = "418 with Retry-After"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NOT_HERE = "451"
    BUSY = "503"

    THOUSANDFOLD = "prices times 10^3"
    MILLIONFOLD = "prices times 10^8"
    ZERO = "prices of zero"
    NEGATIVE = "prices below zero"
    NAN = "NaN for prices"
    NULL = "null for prices"
    FROZEN = "prices that stand still"
    AHEAD = "a clock ten seconds ahead"
    BEHIND = "a clock a minute behind"
    SWAPPED = "base and quote swapped"
    MISSING = "symbols left out"


NO_FAULT: Final = "NONE"
"""What a fault is switched off by."""
OFTEN: Final = {Fault.THROTTLED: 429, Fault.BANNED: 418}
"""Statuses that come with Retry-After."""
STATUSES: Final = {
    Fault.UNAUTHORIZED: 401,
    Fault.FORBIDDEN: 403,
    Fault.NOT_HERE: 451,
    Fault.BUSY: 503,
    Fault.REDIRECT: 302,
}
RETRY_AFTER_SECONDS: Final = 7
CLOCKS: Final = {Fault.AHEAD: 10_000, Fault.BEHIND: -60_000}
"""How far a feed's clock is off, in ms."""
FACTORS: Final = {Fault.THOUSANDFOLD: 10**3, Fault.MILLIONFOLD: 10**8}
