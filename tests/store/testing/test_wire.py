"""Messages of PostgreSQL's protocol are told apart however the bytes arrive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_store.testing.wire import Messages, commits, committed, wants_answer

ASK_TLS = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
START = (9).to_bytes(4, "big") + (196608).to_bytes(4, "big") + b"\0"


def message(letter: bytes, content: bytes) -> bytes:
    """One message."""
    return letter + (4 + len(content)).to_bytes(4, "big") + content


CLIENT = [ASK_TLS, START, message(b"Q", b"SELECT 1;\0"), message(b"S", b""), message(b"Q", b"COMMIT;\0")]


@given(st.integers(1, 12))
def test_pieces_of_any_size_give_the_same_messages(size: int) -> None:
    """A network may cut a message anywhere."""
    stream, found = b"".join(CLIENT), Messages()
    found.untyped = True

    seen = [each for at in range(0, len(stream), size) for each in found.feed(stream[at : at + size])]

    assert CLIENT == seen
    assert [4] == [index for index, each in enumerate(seen) if commits(each)]


def test_the_answer_about_encryption_is_one_letter() -> None:
    """The N of a server that encrypts nothing is no message's first letter."""
    answers, done = Messages(), message(b"C", b"COMMIT\0")
    answers.letters = 1

    assert [b"N", done] == answers.feed(b"N" + done)
    assert committed(done)


def test_only_a_commit_is_one() -> None:
    """A statement that is prepared counts; other statements and other answers do not."""
    assert commits(message(b"P", b"name\0commit\0\0\0"))
    assert not commits(message(b"P", b"commit\0SELECT 1\0\0\0"))
    assert not commits(message(b"D", b"COMMIT"))
    assert not committed(message(b"C", b"INSERT 0 1\0"))
    assert not committed(message(b"C", b"ROLLBACK\0"))


@pytest.mark.parametrize(
    "letter, waits", [(b"Q", True), (b"S", True), (b"H", True), (b"c", True), (b"P", False)]
)
def test_a_client_waits_after_some_messages(letter: bytes, waits: bool) -> None:
    """What is only announced, as a statement or its parameters, the server need not answer yet."""
    assert waits == wants_answer(letter + b"\0\0\0\4")
