"""What must hold of whatever a reader makes of a body. Each law takes a body and counts what was accepted.

A law raises `Broken` where something was accepted that should not have been; any other exception is a crash.
"""

from __future__ import annotations

from typing import Any, Final

from tests.fuzz.plain_json import NoJson, read_plain
from tests.fuzz.second_reader import MEANINGS, Nothing, candle
from tests.fuzz.seeds import AT, MINUTE_MS

from rooms_core.result import Err, Ok
from rooms_oracle.failures import FeedFailure, HttpStatus, Malformed, Throttled, VendorError, kind_of
from rooms_oracle.feeds.vendor import Call, Said, Vendor
from rooms_oracle.wire import read_json

TEXT_MOST: Final = 300
"""A reason is a sentence, however long the body was."""


class Broken(AssertionError):
    """Something was accepted, or said, that the rule forbids."""


def must(fine: bool, what: str) -> None:
    """Raise `Broken` with what is wrong."""
    if not fine:
        raise Broken(what)


def ticker(vendor: Vendor, call: Call, body: bytes) -> int:
    """Every accepted price is the one that a second reader finds; every symbol has a price or a reason, none both."""
    parsed = read_json(body)
    refused(vendor, call, None if isinstance(parsed, Err) else parsed.value)
    if isinstance(parsed, Err):
        return sound(parsed.why)
    again, found = plain(body), vendor.read(call, parsed.value, AT)
    if isinstance(found, Err):
        return sound(found.why)
    said = found.value
    whole(said, call)
    for symbol, priced in said.prices.items():
        try:
            meant = MEANINGS[vendor.name](again, symbol, AT.asked_ms)
        except Nothing:
            raise Broken(f"{vendor.name} says nothing of {symbol}, but {priced} was accepted") from None
        must(tuple(meant) == (priced.price, priced.conf, priced.ts_ms), f"{meant} was taken for {priced}")
        must(priced.raw.isascii() and len(priced.raw) <= TEXT_MOST, f"raw text of {len(priced.raw)} letters")
    return len(said.prices)


def minute(vendor: Vendor, call: Call, body: bytes) -> int:
    """An accepted candle is the one row of its minute, to the last digit."""
    parsed = read_json(body)
    if isinstance(parsed, Err):
        return sound(parsed.why)
    again = plain(body)
    match vendor.read_candle(call, parsed.value, MINUTE_MS):
        case Err(why):
            return sound(why)
        case Ok(None):
            return 0
        case Ok(ohlc):
            try:
                meant = candle(vendor.name, again, call.symbols[0], MINUTE_MS)
            except Nothing:
                raise Broken(f"{vendor.name} has no such candle, but {ohlc} was accepted") from None
            must(meant == ohlc, f"{meant} was taken for {ohlc}")
            return 1


def plain(body: bytes) -> Any:
    """The body as the second reader of JSON has it; what the first one took must be JSON for it too."""
    try:
        return read_plain(body)
    except NoJson as error:
        raise Broken(f"taken for JSON, but {error}") from None


def refused(vendor: Vendor, call: Call, body: object) -> None:
    """Whatever comes with another status than 200 has no price in it."""
    match vendor.refusal(call, 400, body):
        case Ok(said):
            must(not said.prices, "a price with status 400")
        case Err(why):
            sound(why)
    missing = vendor.refusal(call, 404, body)
    must(isinstance(missing, Err) or not missing.value.prices, "a price with status 404")


def whole(said: Said, call: Call) -> None:
    """Each symbol that was asked for is answered once; reasons are short and can be written down."""
    must({*said.prices, *said.refused} == {*call.symbols}, "symbols that were not asked for, or are lacking")
    must(not {*said.prices} & {*said.refused}, "a price and a reason why there is none")
    for why in said.refused.values():
        must(
            len(why) <= TEXT_MOST and why.isprintable(), f"a reason that cannot be written down: {why[:99]!r}"
        )


def sound(why: FeedFailure) -> int:
    """A failure is one of the closed list, and fit to be logged; nothing was accepted then."""
    must(isinstance(why, Malformed | VendorError | HttpStatus | Throttled), f"another failure: {why!r}")
    must(kind_of(why).isascii(), "a kind of failure")
    told = (
        [why.what]
        if isinstance(why, Malformed)
        else [why.code, why.sentence]
        if isinstance(why, VendorError)
        else []
    )
    for text in told:
        must(len(text) <= TEXT_MOST and text.isprintable(), f"a failure that cannot be logged: {text[:99]!r}")
    return 0
