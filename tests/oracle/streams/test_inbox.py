"""What a connection keeps: the newest message of each symbol, with times that make it no younger than it is."""

from __future__ import annotations

from hashlib import sha256

import pytest

from rooms_core.result import Result
from rooms_oracle.failures import Malformed
from rooms_oracle.streams.binance import BinanceStream
from rooms_oracle.streams.inbox import ANEW_MS, OPEN_QUESTIONS, TEXT_MOST, Inbox, Streamed
from rooms_oracle.streams.okx import OkxStream
from rooms_oracle.streams.vendor import Answer, Sign, Told
from rooms_oracle.testing.desk import Shown
from rooms_oracle.testing.stream_shapes import STREAM_SHAPES


def book(price: int, order: int, symbol: str = "SOLUSDT") -> str:
    """A message of Binance's."""
    shown = Shown(f"{price}.0", f"{price}.0", f"{price}.0", price)
    return STREAM_SHAPES["binance"]({}).price(symbol, shown, order, 0)


@pytest.fixture
def inbox() -> Inbox:
    """A connection of Binance's, begun at 1,000 for SOL."""
    made = Inbox(BinanceStream(), 1_000)
    made.want(["SOLUSDT"])
    return made


def price(inbox: Inbox) -> int | str:
    """The newest whole price of SOL."""
    said = inbox.newest("SOLUSDT")
    return said.priced.price // 10**12 if isinstance(said, Streamed) else said


def test_the_newest_message_counts(inbox: Inbox) -> None:
    """With the hash of its text; the others are counted and gone."""
    assert "NONE_YET" == inbox.newest("SOLUSDT")
    for order, each in enumerate([165, 166, 167]):
        assert inbox.take(book(each, order), 1_500 + order) is None
    said = inbox.newest("SOLUSDT")

    assert isinstance(said, Streamed)
    assert (167, 1_000, 1_502) == (price(inbox), said.asked_ms, said.received_ms)
    assert sha256(book(167, 2).encode()).hexdigest() == said.body_sha256
    assert (3, 3, {}) == (inbox.messages, inbox.prices, inbox.odd)
    assert inbox.heard("SOLUSDT")
    assert said is inbox.newest("SOLUSDT")


def test_what_comes_after_an_answer_was_sent_after_its_question(inbox: Inbox) -> None:
    """The question's time is the oldest that a message can be; an answer to nothing changes nothing."""
    inbox.asked(1, 2_000)
    inbox.asked(2, 3_000)
    inbox.take(book(165, 1), 3_100)
    before = inbox.newest("SOLUSDT")
    assert Answer(2) == inbox.take('{"result":true,"id":2}', 3_200)
    inbox.take('{"result":true,"id":1}', 3_300)
    inbox.take('{"result":true,"id":9}', 3_300)
    inbox.take(book(166, 2), 3_400)
    after = inbox.newest("SOLUSDT")

    assert isinstance(before, Streamed)
    assert isinstance(after, Streamed)
    assert (1_000, 3_000) == (before.asked_ms, after.asked_ms)


def test_an_answer_without_a_number_is_for_the_oldest_question() -> None:
    """And one that was not asked for is passed over."""
    inbox = Inbox(OkxStream(), 1_000)
    inbox.want(["SOL-USDT"])
    inbox.take("pong", 1_500)
    inbox.asked(1, 2_000)
    inbox.asked(2, 3_000)
    inbox.take("pong", 3_100)
    shown = Shown("1.5", "1.6", "1.5", 1)
    inbox.take(STREAM_SHAPES["okx"]({}).price("SOL-USDT", shown, 1, 1_735_732_800_000), 3_200)
    said = inbox.newest("SOL-USDT")

    assert isinstance(said, Streamed)
    assert 2_000 == said.asked_ms


def test_questions_that_nobody_answers_are_forgotten(inbox: Inbox) -> None:
    """The oldest ones first."""
    for number in range(OPEN_QUESTIONS + 1):
        inbox.asked(number, 2_000 + number)
    inbox.take('{"result":true,"id":0}', 9_000)
    inbox.take(book(165, 1), 9_001)
    said = inbox.newest("SOLUSDT")

    assert isinstance(said, Streamed)
    assert 1_000 == said.asked_ms


def test_an_older_message_is_not_taken_for_a_newer_one(inbox: Inbox) -> None:
    """What was known stays, with its age; after ten seconds the vendor has begun to count anew."""
    inbox.take(book(165, 5), 2_000)
    assert 165 == price(inbox)
    inbox.take(book(164, 4), 2_100)
    assert 165 == price(inbox)
    assert {"OUT_OF_ORDER": 1} == inbox.odd
    inbox.take(book(163, 1), 2_000 + ANEW_MS)
    assert 163 == price(inbox)


def test_what_is_said_again_is_not_said_anew(inbox: Inbox) -> None:
    """The same count and price keep their old time; the same count with another price is news."""
    inbox.take(book(165, 5), 2_000)
    assert 165 == price(inbox)
    inbox.take(book(165, 5), 3_000)
    said = inbox.newest("SOLUSDT")
    assert isinstance(said, Streamed)
    assert 2_000 == said.received_ms
    inbox.take(book(166, 5), 3_100)
    assert 166 == price(inbox)


def test_a_newest_message_that_cannot_be_read_is_no_price(inbox: Inbox) -> None:
    """Not the one before it either: it was not the last word."""
    inbox.take(book(165, 1), 2_000)
    inbox.take(book(165, 2).replace('"165.0"', '"NaN"'), 2_100)

    assert "data.b: no number" == price(inbox)
    assert {"UNREADABLE": 1} == inbox.odd


def test_only_what_is_wanted_is_kept(inbox: Inbox) -> None:
    """And no message that is longer than a price can be; unknown ones are counted."""
    inbox.take(book(165, 1, "BTCUSDT"), 2_000)
    inbox.take(book(165, 1)[:-1] + " " * TEXT_MOST + "}", 2_000)
    assert Sign.UNKNOWN is inbox.take("?", 2_000)
    assert "NONE_YET" == inbox.newest("SOLUSDT") == inbox.newest("BTCUSDT")
    assert {"NOT_WANTED": 1, "TOO_LONG": 1, "UNKNOWN": 1} == inbox.odd
    inbox.take(book(165, 1), 2_000)
    assert 165 == price(inbox)
    inbox.want(["BTCUSDT"])
    assert "NONE_YET" == price(inbox)
    assert not inbox.heard("SOLUSDT")


def test_a_flood_costs_a_short_look_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand messages of one symbol: one of them is read, none is sorted, and one is kept."""
    texts: list[str] = []
    real = BinanceStream.read

    def counted(vendor: BinanceStream, symbol: str, text: str) -> Result[Told, Malformed]:
        texts.append(text)
        return real(vendor, symbol, text)

    monkeypatch.setattr(BinanceStream, "sort", None)
    monkeypatch.setattr(BinanceStream, "read", counted)
    inbox = Inbox(BinanceStream(), 1_000)
    inbox.want(["SOLUSDT"])
    for order in range(10_000):
        inbox.take(book(165, order), 2_000)

    assert 165 == price(inbox)
    assert 165 == price(inbox)
    assert (10_000, [book(165, 9_999)]) == (inbox.prices, texts)
