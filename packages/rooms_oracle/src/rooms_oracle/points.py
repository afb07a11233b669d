"""A point of a check: what must be so, whether it is, and what was found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Point(NamedTuple):
    """One sentence. `holds` None: it can neither be shown nor refuted, and is as told."""

    what: str
    holds: bool | None = None
    found: str = ""


def time_text(at_ms: int) -> str:
    """A time of day in UTC, as 15:05:33."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).strftime("%H:%M:%S")
