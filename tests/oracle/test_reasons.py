"""Every word of the rule and of the feeds has a sentence."""

from __future__ import annotations

import pytest

from rooms_core.ports.oracle import NotPriceable
from rooms_oracle.aggregate import Reject, Status
from rooms_oracle.failures import (
    FeedFailure,
    Held,
    HttpStatus,
    Malformed,
    SwitchedOff,
    Throttled,
    Timeout,
    Unreachable,
    VendorError,
    kind_of,
)
from rooms_oracle.feeds.vendor import UNAVAILABLE
from rooms_oracle.poll import NOT_DUE
from rooms_oracle.reasons import NO_KEY, UNKNOWN, in_words, unpriced

TOKEN = "pump:7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
FAILURES: tuple[FeedFailure, ...] = (
    Timeout(),
    Unreachable(""),
    HttpStatus(500),
    Throttled(),
    SwitchedOff(451),
    Malformed(""),
    VendorError("", ""),
)
WORDS = [
    *Status,
    *Reject,
    *Held,
    *[kind_of(each) for each in FAILURES],
    UNAVAILABLE,
    NOT_DUE,
    NO_KEY,
    UNKNOWN,
]


@pytest.mark.parametrize("word", WORDS)
def test_no_word_is_left_to_the_reader(word: str) -> None:
    """A sentence has blanks in it."""
    assert " " in in_words(word)


def test_what_is_words_already_stays() -> None:
    """Feeds say some things themselves."""
    assert "bid above ask" == in_words("bid above ask")


@pytest.mark.parametrize(
    "name, reason, said",
    [
        ("WIF/USD", "unknown", "WIF/USD cannot be priced: it is not listed, or no feed that knows it is on."),
        (
            "SOL/USD",
            "NO_QUORUM",
            "SOL/USD cannot be priced now: too few independent families have a usable price.",
        ),
        ("SOL/USD", "NO_CONSENSUS", "SOL/USD cannot be priced now: the families do not agree."),
        (
            TOKEN,
            "NO_QUORUM",
            f"{TOKEN} cannot be priced now: its pool was not read from the chain, or by fewer than two sources.",
        ),
    ],
)
def test_who_wanted_a_room_hears_why_there_is_none(name: str, reason: str, said: str) -> None:
    """In one sentence."""
    assert said == unpriced(NotPriceable(name, reason))
