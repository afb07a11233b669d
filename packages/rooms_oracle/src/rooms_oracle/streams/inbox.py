"""What one connection has brought so far: of each symbol the newest message only, read when somebody wants it.

So ten thousand messages a second cost ten thousand short looks and no more, and memory for one message a symbol. A
message keeps two times: when it was received, and a time before which it cannot have been sent. That is when the last
question was asked that had been answered by then; the vendor answers in the order in which he sends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Final, NamedTuple

from rooms_core.result import Err, Ok
from rooms_oracle.feeds.vendor import Priced
from rooms_oracle.streams.vendor import About, Answer, Sign, Sorted, StreamVendor

TEXT_MOST: Final = 4_096
"""Letters of a message with a price; a longer one is none."""
OPEN_QUESTIONS: Final = 64
ANEW_MS: Final = 10_000
"""A count that goes back is out of order; so long after the last one it has begun anew."""
NONE_YET: Final = "NONE_YET"
UNREADABLE: Final = "UNREADABLE"
OUT_OF_ORDER: Final = "OUT_OF_ORDER"
UNKNOWN: Final = "UNKNOWN"
NOT_WANTED: Final = "NOT_WANTED"
TOO_LONG: Final = "TOO_LONG"


class Streamed(NamedTuple):
    """The newest price of a symbol, with the times of its message and the hash of it."""

    priced: Priced
    asked_ms: int
    received_ms: int
    body_sha256: str


class _Kept(NamedTuple):
    text: str
    asked_ms: int
    received_ms: int


class Inbox:
    """The messages of one connection that was begun at `begun_ms`. `odd` counts by kind those that bring no price."""

    def __init__(self, vendor: StreamVendor, begun_ms: int) -> None:
        self._vendor = vendor
        self._quick = vendor.quick.search
        self._wanted: frozenset[str] = frozenset()
        self._newest: dict[str, _Kept] = {}
        self._said: dict[str, tuple[_Kept, Streamed | str]] = {}
        self._orders: dict[str, tuple[int, Streamed]] = {}
        self._open: dict[int, int] = {}
        self._asked_ms = begun_ms
        self.messages = 0
        self.prices = 0
        self.odd: Counter[str] = Counter()

    def want(self, symbols: Iterable[str]) -> None:
        """Keep these symbols and forget all others."""
        self._wanted = frozenset(symbols)
        for kept in (self._newest, self._said, self._orders):
            for symbol in [each for each in kept if each not in self._wanted]:
                del kept[symbol]

    def asked(self, number: int, now_ms: int) -> None:
        """A question is sent now."""
        if len(self._open) >= OPEN_QUESTIONS:
            del self._open[next(iter(self._open))]
        self._open[number] = now_ms

    def take(self, text: str, now_ms: int) -> Sorted | None:
        """A message has arrived. What it is about is told unless it brings a price."""
        self.messages += 1
        found = self._quick(text)
        about = About(found[1]) if found is not None else self._vendor.sort(text)
        if isinstance(about, About):
            if about.symbol not in self._wanted:
                self.odd[NOT_WANTED] += 1
            elif len(text) > TEXT_MOST:
                self.odd[TOO_LONG] += 1
            else:
                self.prices += 1
                self._newest[about.symbol] = _Kept(text, self._asked_ms, now_ms)
            return None
        if isinstance(about, Answer):
            self._answered(about.number)
        elif about is Sign.UNKNOWN:
            self.odd[UNKNOWN] += 1
        return about

    def heard(self, symbol: str) -> bool:
        """Whether anything was said of a symbol."""
        return symbol in self._newest

    def newest(self, symbol: str) -> Streamed | str:
        """The newest price of a symbol; in one word or sentence why there is none."""
        kept = self._newest.get(symbol)
        if kept is None:
            return NONE_YET
        said = self._said.get(symbol)
        if said is None or said[0] is not kept:
            said = self._said[symbol] = (kept, self._read(symbol, kept))
        return said[1]

    def _read(self, symbol: str, kept: _Kept) -> Streamed | str:
        match self._vendor.read(symbol, kept.text):
            case Err(why):
                self.odd[UNREADABLE] += 1
                return why.what
            case Ok(told):
                before = self._orders.get(symbol)
                if before is not None and kept.received_ms - before[1].received_ms < ANEW_MS:
                    if told.order < before[0]:
                        self.odd[OUT_OF_ORDER] += 1
                        return before[1]
                    if told.order == before[0] and told.priced == before[1].priced:
                        return before[1]  # said again is not said anew
                body = sha256(kept.text.encode()).hexdigest()
                streamed = Streamed(told.priced, kept.asked_ms, kept.received_ms, body)
                self._orders[symbol] = (told.order, streamed)
                return streamed

    def _answered(self, number: int | None) -> None:
        """Questions are answered in order: whatever was asked before this one is no longer open."""
        if number is None:
            number = next(iter(self._open), None)
        if number is not None and number in self._open:
            self._asked_ms = self._open[number]
            for each in [each for each in self._open if each <= number]:
                del self._open[each]
