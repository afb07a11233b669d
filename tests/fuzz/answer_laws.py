"""Whole HTTP answers: status, headers, packed bodies. What is no 200 has no price, and nothing unpacks without end.

A body of these begins with a byte that says which case it is; the rest is what came over the line.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from tests.fuzz.laws import must, sound
from tests.fuzz.seeds import AT, tickers

from rooms_core.result import Err, Ok, Result
from rooms_oracle.bodies import Body
from rooms_oracle.failures import FeedFailure, SwitchedOff, Throttled
from rooms_oracle.feeds.binance import Binance
from rooms_oracle.feeds.vendor import Said
from rooms_oracle.replies import read_reply
from rooms_oracle.transport import Reply

MOST: Final = 4_096
STATUSES: Final = (
    200,
    200,
    201,
    204,
    301,
    400,
    401,
    403,
    404,
    418,
    422,
    429,
    451,
    500,
    502,
    503,
    504,
    520,
    999,
)
_ENCODINGS: Final = ("", "identity", "gzip", "gzip", "gzip", "br", "deflate")
_BINANCE: Final = Binance()
_CALL: Final = _BINANCE.call(("BTCUSDT", "ETHUSDT"))


def reply(data: bytes) -> int:
    """A status, a line with Retry-After and weight, and a body: prices come with 2xx only, waits are bounded."""
    status = STATUSES[data[0] % len(STATUSES)] if data else 200
    head, _, body = data[1:].partition(b"\n")
    written = head.decode("latin-1")
    headers = {"retry-after": written, "x-mbx-used-weight-1m": written}
    used = _BINANCE.used(headers)
    must(used is None or 0 <= used < 10**9, "a weight that cannot be")
    match read_reply(Reply(status, headers, body), AT.asked_ms, _read):
        case Ok(said):
            must(status in (200, 201, 204) or not said.prices, f"prices with status {status}")
            return len(said.prices)
        case Err(Throttled(retry_after_ms=wait)):
            must(wait is None or 0 <= wait <= 3 * 86_400_000, "a wait without end")
        case Err(SwitchedOff(status=found)):
            must(found == status, "another status")
        case Err(why):
            sound(why)
    return 0


def _read(status: int, body: object, _asked_ms: int) -> Result[Said, FeedFailure]:
    return _BINANCE.read(_CALL, body, AT) if status == 200 else _BINANCE.refusal(_CALL, status, body)


def unpacked(data: bytes) -> int:
    """A body piece by piece: whole and at most so large, or refused; a packed one as zlib has it."""
    if not data:
        return 0
    encoding, step = _ENCODINGS[data[0] % len(_ENCODINGS)], 1 + data[0] // len(_ENCODINGS)
    sent, body = data[1:], Body(_ENCODINGS[data[0] % len(_ENCODINGS)], MOST)
    for at in range(0, len(sent), step):
        if not body.add(sent[at : at + step]):
            break
    match body.whole():
        case Ok(whole):
            must(len(whole) <= MOST, "more than is accepted")
            plain = zlib.decompressobj(31).decompress(sent) if encoding == "gzip" else sent
            must(encoding in ("", "identity", "gzip") and whole == plain, "another body")
            return 1
        case Err(why):
            return sound(why)


def reply_bodies() -> tuple[bytes, ...]:
    """Binance's answers with statuses of all kinds."""
    bodies = next(asked.bodies for asked in tickers() if asked.vendor.name == "binance")
    return tuple([bytes([at]) + b"7\n" + bodies[at % len(bodies)] for at in range(len(STATUSES))])


def packed_bodies() -> tuple[bytes, ...]:
    """Plain and packed, in pieces of several sizes, one that unpacks to more than is accepted."""
    small, large = b"[1,2,3]" * 9, b" " * (MOST + 1)
    packed = [gzip.compress(each, mtime=0) for each in (small, large, b"")]
    return tuple([bytes([first]) + each for first in (0, 2, 72, 250) for each in (*packed, small)])
