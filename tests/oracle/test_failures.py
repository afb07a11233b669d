"""What can go wrong has one word for each case."""

from __future__ import annotations

import pytest

from rooms_oracle.failures import (
    FeedFailure,
    Held,
    HttpStatus,
    Malformed,
    NotAsked,
    SwitchedOff,
    Throttled,
    Timeout,
    Unreachable,
    VendorError,
    kind_of,
    sentence,
)


@pytest.mark.parametrize(
    "why, kind",
    [
        (Timeout(), "TIMEOUT"),
        (Unreachable("ConnectError"), "UNREACHABLE"),
        (HttpStatus(502), "HTTP_STATUS"),
        (Throttled(7_000), "THROTTLED"),
        (SwitchedOff(451), "SWITCHED_OFF"),
        (Malformed("no JSON"), "MALFORMED"),
        (VendorError("-1007", "busy"), "VENDOR_ERROR"),
        (NotAsked(Held.NO_BUDGET), "NO_BUDGET"),
    ],
)
def test_each_failure_has_its_word(why: FeedFailure | NotAsked, kind: str) -> None:
    """Counters and records name a failure in one word."""
    assert kind == kind_of(why)


def test_what_a_vendor_says_can_be_logged() -> None:
    """Line ends, colours and letters of other scripts stay out of the log; so does all that is too long."""
    assert "over [31mlimit" == sentence("over \x1b[31mlimit\n\u202e")
    assert 120 == len(sentence("x" * 1_000))
    assert "" == sentence(None)
