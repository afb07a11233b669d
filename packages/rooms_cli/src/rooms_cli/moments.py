"""Times and days as people write them, always in UTC: 2026-11-23, 2026-11-23T14:30, or ms since the Unix epoch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from rooms_cli.errors import usage
from rooms_core.domain.score import ALL_TIME, Day

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FORMS: Final = "Write 2026-11-23, 2026-11-23T14:30 (UTC), or ms since 1970."
_MS: Final = timedelta(milliseconds=1)


def moment_ms(text: str) -> int:
    """A time in ms. Ends the command for anything else; a time zone other than UTC is converted."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise usage(f"{text} is no time.", hint=_FORMS) from None
    return ((read if read.tzinfo else read.replace(tzinfo=UTC)) - _EPOCH) // _MS


def day_number(text: str | None) -> Day:
    """A day in UTC; without one, ALL_TIME. Ends the command for anything else."""
    if text is None:
        return ALL_TIME
    try:
        return Day((date.fromisoformat(text) - _EPOCH.date()).days)
    except ValueError:
        raise usage(
            f"{text} is no day.", hint="Write it as 2026-11-23; days begin at midnight UTC."
        ) from None


def day_text(day: Day) -> str | None:
    """A day as 2026-11-23; None for ALL_TIME."""
    return None if day == ALL_TIME else (_EPOCH.date() + timedelta(days=day)).isoformat()
