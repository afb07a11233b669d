"""What an HTTP answer means before anybody reads its prices: whether it is one, and what its status asks of us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import FeedFailure, HttpStatus, SwitchedOff, Throttled, Unreachable
from rooms_oracle.transport import Reply
from rooms_oracle.wire import read_json

_AGAIN: Final = (502, 503, 504)
_OFF: Final = (401, 403, 451)
_THROTTLED: Final = (418, 429)
_RETRY_AFTER_MAX_MS: Final = 3 * 86_400_000

U = TypeVar("U")
Reader: TypeAlias = Callable[[int, object, int], Result[U, FeedFailure]]
"""Reads (status, JSON, when it was asked)."""


def worth_a_second_try(sent: Result[Reply, FeedFailure]) -> bool:
    """Whether the same call may well succeed at once: nobody was reached, or an upstream was busy."""
    match sent:
        case Ok(reply):
            return reply.status in _AGAIN
        case Err(why):
            return isinstance(why, Unreachable)


def read_reply(reply: Reply, asked_ms: int, reader: Reader[U]) -> Result[U, FeedFailure]:
    """What an answer says, by its status, its JSON and its reader, in this order."""
    refusal = refusal_of(reply.status, reply.headers.get("retry-after", ""))
    if refusal is not None:
        return Err(refusal)
    if reply.status >= 500:
        return Err(HttpStatus(reply.status))
    match read_json(reply.body):
        case Ok(body):
            return reader(reply.status, body, asked_ms)
        case Err() as unreadable:
            return unreadable if reply.status == 200 else reader(reply.status, None, asked_ms)


def refusal_of(status: int, retry_after: str) -> SwitchedOff | Throttled | None:
    """What a status says about us and not about the call: it does not serve us, or not now."""
    if status in _OFF:
        return SwitchedOff(status)
    return Throttled(retry_after_ms(retry_after)) if status in _THROTTLED else None


def retry_after_ms(written: str) -> int | None:
    """The seconds of a Retry-After header in ms, three days at most; None if it says none."""
    if not (written.isascii() and written.isdigit() and len(written) < 10):
        return None
    return min(_RETRY_AFTER_MAX_MS, 1_000 * int(written))
