"""A body as it arrives: unpacked piece by piece, and given up as soon as it is too large.

A few kilobytes of gzip can stand for gigabytes, so nothing is unpacked beyond the most that is accepted.
"""

from __future__ import annotations

import zlib
from typing import Final

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import Malformed

_GZIP_WINDOW: Final = 31
_PLAIN: Final = ("", "identity")


class Body:
    """Collects one body of at most `most` bytes, unpacked. `encoding` is the answer's Content-Encoding."""

    def __init__(self, encoding: str, most: int) -> None:
        self._most = most
        self._pieces: list[bytes] = []
        self._size = 0
        self._wrong: Malformed | None = None
        self._unpack = None if encoding in _PLAIN else zlib.decompressobj(_GZIP_WINDOW)
        if encoding not in (*_PLAIN, "gzip"):
            self._wrong = Malformed("packed in a way nobody asked for")

    def add(self, piece: bytes) -> bool:
        """Take the next piece; False: it is useless to go on."""
        if self._wrong is None:
            self._wrong = self._add(piece)
        return self._wrong is None

    def whole(self) -> Result[bytes, Malformed]:
        """The body, after its last piece."""
        if self._wrong is None and self._unpack is not None and not self._unpack.eof:
            self._wrong = Malformed("the packed body is cut short")
        return Ok(b"".join(self._pieces)) if self._wrong is None else Err(self._wrong)

    def _add(self, piece: bytes) -> Malformed | None:
        if self._unpack is not None:
            try:
                piece = self._unpack.decompress(piece, self._most - self._size + 1)
            except zlib.error:
                return Malformed("the packed body is damaged")
        self._size += len(piece)
        if self._size > self._most:
            return Malformed(f"a body of more than {self._most} bytes")
        self._pieces.append(piece)
        return None
