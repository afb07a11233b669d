"""Conversations of the streams: a message changes the price of the symbol it is about, to what it says, or nothing.

A body is a conversation, a message a line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from tests.fuzz.laws import Broken, must, plain
from tests.fuzz.mutate import changed_json, changed_letters
from tests.fuzz.second_reader import Meant, Nothing, book, instant, member, whole
from tests.fuzz.seeds import AT, symbols_of

from rooms_oracle.feeds import VENDORS
from rooms_oracle.streams import STREAMS
from rooms_oracle.streams.inbox import Inbox, Streamed
from rooms_oracle.streams.vendor import Refused, StreamVendor
from rooms_oracle.testing.desk import Shown
from rooms_oracle.testing.stream_shapes import STREAM_SHAPES

SYMBOLS: Final = {
    each.name: (symbols_of(each) if each.batch > 1 else (*symbols_of(each), "ETH-USD"))
    for each in VENDORS
    if each.name in STREAMS
}
"""Two symbols of each stream."""
_BOOKS: Final = (("165.01", "165.02", "165.015"), ("0", "1", "1"), ("-1", "2", "1"), (None, None, None))


def conversation(vendor: StreamVendor, body: bytes) -> int:
    """Whatever is newly believed of a symbol is what the last message says of it, by a second reader.

    What was believed before may be again: a message out of order leaves the newest one standing.
    """
    inbox, symbols = Inbox(vendor, AT.asked_ms), SYMBOLS[vendor.name]
    inbox.want(symbols)
    inbox.asked(1, AT.asked_ms)
    known: dict[str, set[Streamed]] = {symbol: set() for symbol in symbols}
    believed = 0
    for number, line in enumerate(body.split(b"\n")):
        try:
            text = line.decode("utf-8")
        except ValueError:
            continue  # the door takes no text that is none
        about = inbox.take(text, AT.asked_ms + number)
        if isinstance(about, Refused):
            must(max(len(about.text), len(about.why.code), len(about.why.sentence)) <= 300, "a long refusal")
        for symbol in symbols:
            said = inbox.newest(symbol)
            if isinstance(said, Streamed) and said not in known[symbol]:
                _meant(vendor.name, line, symbol, said)
                known[symbol].add(said)
                believed += 1
            must(isinstance(said, Streamed) or (len(said) <= 300 and said.isprintable()), "a reason")
    return believed


def _meant(name: str, line: bytes, symbol: str, said: Streamed) -> None:
    try:
        meant = MEANINGS[name](plain(line), symbol)
    except Nothing:
        raise Broken(f"{name} says nothing of {symbol}, but {said.priced} was believed") from None
    found = (said.priced.price, said.priced.conf, said.priced.ts_ms)
    must(tuple(meant) == found, f"{meant} was taken for {said.priced}")


def _binance(body: Any, symbol: str) -> Meant:
    data = member(body, "data")
    if member(body, "stream") != f"{symbol.lower()}@bookTicker" or member(data, "s") != symbol:
        raise Nothing
    whole(member(data, "u"))
    return book(member(data, "b"), member(data, "a"))


def _coinbase(body: Any, symbol: str) -> Meant:
    if (member(body, "type"), member(body, "product_id")) != ("ticker", symbol):
        raise Nothing
    whole(member(body, "sequence"))
    return book(member(body, "best_bid"), member(body, "best_ask"), instant(member(body, "time")))


def _okx(body: Any, symbol: str) -> Meant:
    rows = member(body, "data")
    named = [member(body, "arg", "instId"), *[member(row, "instId") for row in rows]]
    if member(body, "arg", "channel") != "tickers" or not rows or {*named} != {symbol}:
        raise Nothing
    ts = member(rows[-1], "ts")
    if not isinstance(ts, str) or not 0 < int(ts) < 2**48:
        raise Nothing
    return book(member(rows[-1], "bidPx"), member(rows[-1], "askPx"), int(ts))


MEANINGS: Final[Mapping[str, Callable[[Any, str], Meant]]] = {
    "binance": _binance,
    "coinbase": _coinbase,
    "okx": _okx,
}
"""For each stream: what a message says of a symbol. Raises `Nothing`."""


def bodies(name: str) -> tuple[bytes, ...]:
    """A conversation with prices of both symbols, one without good prices, and each message by itself."""
    shape = STREAM_SHAPES[name](dict.fromkeys(SYMBOLS[name]))
    asked = STREAMS[name].subscribe(SYMBOLS[name], 1)
    unknown = STREAMS[name].subscribe(["NOBODY-KNOWS"], 2)
    first = [*shape.hear(asked), *shape.hear(unknown), *shape.beat(AT.asked_ms), shape.leaving()]
    if STREAMS[name].question(1):
        first += shape.hear(STREAMS[name].question(1))
    prices = [
        [shape.price(symbol, Shown(*told, 0), order, AT.asked_ms) for symbol in SYMBOLS[name]]
        for order, told in enumerate(_BOOKS, start=5)
    ]
    talk = [*first, *prices[0], *[each for row in prices[1:] for each in row]]
    return tuple(
        ["\n".join(each).encode() for each in ([*prices[0], *first], talk, prices[0][:1], first[:1])]
    )


def changed_conversation(body: bytes, chance: Random) -> bytes:
    """A message changed, said twice, left out, or said before another; or letters of the whole."""
    lines = body.split(b"\n")
    at = chance.randrange(len(lines))
    match chance.randrange(8):
        case 0:
            lines.insert(chance.randrange(len(lines)), lines.pop(at))
        case 1:
            lines.insert(at, lines[at])
        case 2:
            return changed_letters(body, chance)
        case _:
            lines[at] = changed_json(lines[at], chance, [chance.choice(lines)])
    return b"\n".join(lines)
