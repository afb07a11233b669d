"""The words of the rule and of the feeds as sentences, for whoever has to do something about them."""

from __future__ import annotations

from typing import Final

from rooms_core.ports.oracle import NotPriceable
from rooms_oracle.listing import mint_of

NO_KEY: Final = "NO_KEY"
"""The feed is not asked, because it wants a key and has none."""
UNKNOWN: Final = "unknown"
ONLY_A_RATE: Final = "ONLY_A_RATE"
"""Of two families one could decide a room: rooms need three, whatever a rate is content with."""

_WORDS: Final = {
    # the rule, of one observation
    "BAD_VALUE": "its figures are no price",
    "FUTURE": "its clock is ahead of ours",
    "STALE": "its price is too old",
    "WIDE": "its spread is too wide",
    "OUTLIER": "it is too far from what the others say",
    "NO_QUOTE_RATE": "the currency it is quoted in has no accepted price",
    "FROZEN": "it stood still while others moved",
    # the rule, of all of them
    "ACCEPTED": "there is a price",
    "NO_QUORUM": "too few independent families have a usable price",
    "NO_CONSENSUS": "the families do not agree",
    ONLY_A_RATE: "it is listed as a rate, by two families; a room needs three",
    # a feed that failed
    "TIMEOUT": "no answer in time",
    "UNREACHABLE": "no connection",
    "HTTP_STATUS": "it answered with an error",
    "THROTTLED": "it wants to be asked less often",
    "SWITCHED_OFF": "it does not serve us (401, 403 or 451): its key, our plan, or where we are",
    "MALFORMED": "its answer is not of the shape we know",
    "VENDOR_ERROR": "it answered with an error of its own: often a symbol it does not know",
    "UNAVAILABLE": "it does not know the symbol, or the market is halted there",
    "CHAIN_FAILED": "the chain could not be read",
    # a feed that was not asked
    "OFF": "it is switched off",
    "MUTED": "it wants to be left alone for now",
    "BACKING_OFF": "it failed just now and rests",
    "BREAKER_OPEN": "it has failed too often and rests",
    "NO_BUDGET": "its limit is used up",
    "NO_TIME": "there was no time left to ask it",
    "NOT_DUE": "it is asked only now and then",
    NO_KEY: "it needs a key and has none",
    UNKNOWN: "it is not listed, or no feed that knows it is on",
}


def in_words(reason: str) -> str:
    """A reason in a few words; one that is words already stays as it is."""
    return _WORDS.get(reason, reason)


def unpriced(refused: NotPriceable) -> str:
    """Why there is no price, in a sentence, for the one who wanted a room on it."""
    name, reason = refused.instrument, refused.reason
    if reason == UNKNOWN:
        return f"{name} cannot be priced: {in_words(UNKNOWN)}."
    if mint_of(name) is not None and reason == "NO_QUORUM":
        return f"{name} cannot be priced now: its pool was not read from the chain, or by fewer than two sources."
    return f"{name} cannot be priced now: {in_words(reason)}."
