"""What all streams have in common: what to send, what a message is about, and what it says of one symbol.

A stream is pure, as a feed is: who connects, when, and how long, is `stream_feed`'s. Most messages are replaced by
the next one before anybody asks. So a message is only sorted when it arrives, and read when its price is wanted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from enum import Enum
from re import Pattern
from typing import ClassVar, NamedTuple, TypeAlias, TypeVar

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import Malformed, VendorError
from rooms_oracle.feeds.vendor import Priced, of_book
from rooms_oracle.limiter import Limit
from rooms_oracle.wire import Digits, Wire, read, read_json

M = TypeVar("M", bound=Wire)


class Told(NamedTuple):
    """What a message says of its symbol; `order` grows from message to message of one symbol."""

    priced: Priced
    order: int


class About(NamedTuple):
    """A message with the price of a symbol."""

    symbol: str


class Answer(NamedTuple):
    """The answer to a question of ours, by its number; None: to the oldest one that is open."""

    number: int | None


class Refused(NamedTuple):
    """Something that we asked for is not to be had; the message names the symbols, or none of them."""

    why: VendorError
    text: str


class Sign(Enum):
    """A message without a price."""

    BEAT = "it is alive, and says no more"
    LEAVING = "the connection will be closed by the vendor"
    UNKNOWN = "nothing we know"


Sorted: TypeAlias = About | Answer | Refused | Sign


class StreamVendor(ABC):
    """A stream, as far as streams are alike.

    `most` symbols are carried by one connection, `batch` by one message that asks for them. `sends` limits these
    messages, `opens` the connections. `question_ms`: so often a question is asked whose answer stands between the
    other messages; 0: never.
    """

    name: ClassVar[str]
    most: ClassVar[int]
    batch: ClassVar[int]
    sends: ClassVar[Limit]
    opens: ClassVar[Limit]
    question_ms: ClassVar[int] = 0
    quick: ClassVar[Pattern[str]]
    """Finds the symbol in a message with a price, in its first group, and nothing in most of the others."""

    @abstractmethod
    def subscribe(self, symbols: Iterable[str], number: int) -> str:
        """The message that asks for at most `batch` symbols."""

    @abstractmethod
    def unsubscribe(self, symbols: Iterable[str], number: int) -> str:
        """The message that asks for them no longer."""

    def question(self, number: int) -> str:
        """A question that is answered at once, whatever is subscribed; "" where none is asked."""
        return ""

    @abstractmethod
    def sort(self, text: str) -> Sorted:
        """What a message is about in which `quick` found nothing."""

    @abstractmethod
    def read(self, symbol: str, text: str) -> Result[Told, Malformed]:
        """What a message says of a symbol, as exactly as an answer over HTTP is read."""


def read_text(model: type[M], text: str) -> Result[M, Malformed]:
    """A message as one of our models."""
    match read_json(text.encode()):
        case Ok(body):
            return read(model, body)
        case Err() as unread:
            return unread


def told(bid: Digits, ask: Digits, order: int, ts_ms: int | None = None) -> Result[Told, Malformed]:
    """What a book says."""
    match of_book(bid, ask, ts_ms):
        case Ok(priced):
            return Ok(Told(priced, order))
        case Err() as crossed:
            return crossed


def batches(symbols: Iterable[str], size: int) -> list[tuple[str, ...]]:
    """The symbols in groups of at most `size`, in order."""
    ordered = sorted(symbols)
    return [tuple(ordered[start : start + size]) for start in range(0, len(ordered), size)]
