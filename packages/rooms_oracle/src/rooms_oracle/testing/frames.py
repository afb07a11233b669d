"""The frames of a WebSocket as the feed server writes and reads them: by hand, so that they can be wrong, too."""

from __future__ import annotations

import asyncio
import base64
from hashlib import sha1
from typing import Final, NamedTuple

TEXT: Final = 1
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
GARBAGE: Final = b"\xff\xfe\xfd\xfc" * 8
"""No frame: reserved bits, and a code that nobody knows."""
_SALT: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MASKED: Final = 0x80
_LAST: Final = 0x80


class Frame(NamedTuple):
    """A frame that the other side sent."""

    code: int
    body: bytes


def accepted(key: str) -> str:
    """The answer to the key of a handshake."""
    return base64.b64encode(sha1((key + _SALT).encode(), usedforsecurity=False).digest()).decode()


def frame(code: int, body: bytes) -> bytes:
    """A whole frame, unmasked, as servers send them."""
    size = len(body)
    if size < 126:
        head = bytes([_LAST | code, size])
    elif size < 2**16:
        head = bytes([_LAST | code, 126]) + size.to_bytes(2)
    else:
        head = bytes([_LAST | code, 127]) + size.to_bytes(8)
    return head + body


def text(said: str) -> bytes:
    """A frame with a text."""
    return frame(TEXT, said.encode())


async def read_frame(reader: asyncio.StreamReader) -> Frame:
    """The next frame of a client, unmasked. Raises asyncio.IncompleteReadError at the end of the line."""
    code, size = await reader.readexactly(2)
    masked, size = size & _MASKED, size & ~_MASKED
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2))
    elif size == 127:
        size = int.from_bytes(await reader.readexactly(8))
    mask = await reader.readexactly(4) if masked else bytes(4)
    body = await reader.readexactly(size)
    return Frame(code & 15, bytes([each ^ mask[place % 4] for place, each in enumerate(body)]))
