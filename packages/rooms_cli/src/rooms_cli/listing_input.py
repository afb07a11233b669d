"""An instrument as it is given on the command line: its name, a symbol for each feed, parameters of the rule."""

from __future__ import annotations

from collections.abc import Mapping

from rooms_cli.errors import CommandError, usage
from rooms_core.domain.listing import USD, Listed, Listing, RuleChoices
from rooms_core.domain.listing_check import (
    ListedCount,
    ListingRefused,
    NameRefused,
    ParameterRefused,
    QuoteRefused,
    RatesInCircle,
    RateUnknown,
    SymbolRefused,
)
from rooms_core.services.list_instrument import ListingOvertaken, NotListed, WordsMissing
from rooms_oracle.symbols import trouble


def listing_given(name: str, places: Mapping[str, str | None], rule: Mapping[str, int | None]) -> Listing:
    """The row that somebody typed; a symbol whose letters cannot be right ends the command."""
    listed = tuple([_place(feed, text) for feed, text in places.items() if text is not None])
    return Listing(name=name, listed=listed, rule=RuleChoices(**rule))


def _place(feed: str, text: str) -> Listed:
    """`SYMBOL` or `SYMBOL:QUOTE`."""
    symbol, colon, quote = text.partition(":")
    listed = Listed(feed, symbol, quote if colon else USD)
    said = trouble(listed)
    if said is not None:
        raise usage(f"--{feed} {text}: {said}", hint=_hint(listed))
    return listed


def _hint(listed: Listed) -> str:
    """What was probably meant, where the letters say so."""
    for quote in ("USDT", "USDC", "USD", "EUR"):
        if listed.symbol.endswith(quote) and quote != listed.quote:
            return f"If it is quoted in {quote}, write --{listed.feed} {listed.symbol}:{quote}."
    return "A symbol is written SYMBOL:QUOTE, and without :QUOTE where it is quoted in US dollars."


def refused(why: NotListed) -> CommandError:
    """A row that may not stand in the table, in words."""
    what, hint = _words(why)
    return CommandError(what, hint=hint)


def _words(why: NotListed) -> tuple[str, str]:
    match why:
        case ListingOvertaken(name=name, number=number):
            return (
                f"Somebody has changed {name} meanwhile: revision {number} is in force.",
                "Please look again.",
            )
        case WordsMissing(what="by", most=most):
            return f"Who lists it? A name has 1 to {most} printable letters.", "Give --by NAME."
        case WordsMissing(most=most):
            return f"A reason has 1 to {most} printable letters.", "Say why the feeds need not be asked."
        case _:
            return _rule_words(why)


def _rule_words(why: ListingRefused) -> tuple[str, str]:
    match why:
        case NameRefused(name=name):
            hint = "A name is 1 to 10 capital letters and digits, a stroke and USD, such as SOL/USD."
            if name.startswith("pump:"):
                hint = "A token needs no row: it is priced by its pool, under pump:MINT."
            elif name != name.upper() and name.upper().endswith(f"/{USD}"):
                hint = f"Did you mean {name.upper()}?"
            return f"{name} is no name of an instrument.", hint
        case SymbolRefused(feed=feed, symbol=symbol):
            return f"{symbol!r} is no symbol of {feed}.", "It has 1 to 100 printable letters without blanks."
        case QuoteRefused(feed=feed, quote=quote):
            return (
                f"{feed} cannot quote it in {quote!r}.",
                "A currency is 1 to 10 capital letters and digits.",
            )
        case ListedCount(count=0):
            return (
                "No feed is named.",
                "Give a symbol for each feed: --coinbase SOL-USD --kraken SOLUSD …",
            )
        case ListedCount(count=count, most=most):
            return f"It is listed in {count} places: at most {most}, and each feed once.", ""
        case ParameterRefused(name=name, value=value, least=least, most=most):
            option = name.replace("_", "-")
            return (
                f"--{option} {value} is out of bounds.",
                f"It is a whole number from {least:,} to {most:,}.",
            )
        case RateUnknown(rate=rate):
            quote = rate.partition("/")[0]
            return (
                f"Nothing prices {quote}: {rate} is not listed, and one {quote} is never taken for a dollar.",
                f"List it first: rooms oracle add {rate} --coinbase … --kraken … --quorum 2",
            )
        case RatesInCircle(names=names):
            return (
                f"These prices would rest on one another: {' → '.join(names)}.",
                "Quote one of them in USD.",
            )
