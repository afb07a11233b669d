"""As much of PostgreSQL's wire protocol as the proxy needs: where a message ends, and which one says COMMIT.

A message is a letter, a length of four bytes that counts itself, and its content. Only what a client says first has
no letter, and the answer to its question about encryption is a single letter.
"""

from __future__ import annotations

from typing import Final

_ENCRYPTION: Final = (80877103, 80877104)
"""What a client sends instead of a version to ask for TLS or GSSAPI."""


class Messages:
    """Cuts a stream of bytes into whole messages."""

    def __init__(self) -> None:
        self._rest = b""
        self.untyped = False
        """Whether the next message has no letter."""
        self.letters = 0
        """How many answers of a single letter come next."""

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are complete now."""
        self._rest += data
        found = []
        while (size := self._size()) and len(self._rest) >= size:
            found.append(self._rest[:size])
            self._rest = self._rest[size:]
            if self.letters:
                self.letters -= 1
            elif self.untyped:
                self.untyped = asks_for_encryption(found[-1])
        return found

    def _size(self) -> int:
        if self.letters:
            return 1
        before = 0 if self.untyped else 1
        if len(self._rest) < before + 4:
            return 0
        return before + int.from_bytes(self._rest[before : before + 4], "big")


def asks_for_encryption(first: bytes) -> bool:
    """Whether a client's first message asks for encryption, which is answered by one letter."""
    return len(first) == 8 and int.from_bytes(first[4:], "big") in _ENCRYPTION


def commits(message: bytes) -> bool:
    """Whether a client's message asks to commit, as a simple query or as a statement to be prepared."""
    if message[:1] == b"Q":
        words = message[5:]
    elif message[:1] == b"P":
        words = message[5:].partition(b"\0")[2]
    else:
        return False
    return words.lstrip().upper().startswith(b"COMMIT")


def committed(message: bytes) -> bool:
    """Whether a server's message says that a transaction is committed."""
    return message[:1] == b"C" and message[5:] == b"COMMIT\0"


def wants_answer(message: bytes) -> bool:
    """Whether a client waits for the server after this message: a query, the end of a few messages, or of a copy."""
    return message[:1] in (b"Q", b"S", b"H", b"c")
