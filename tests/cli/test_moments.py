"""Times and days on the command line."""

from __future__ import annotations

import pytest

from rooms_cli.errors import CommandError
from rooms_cli.moments import day_number, day_text, moment_ms
from rooms_core.domain.score import ALL_TIME, Day


@pytest.mark.parametrize(
    "text, ms",
    [
        ("0", 0),
        ("1700000000123", 1_700_000_000_123),
        ("1970-01-02", 86_400_000),
        ("1970-01-01T00:01", 60_000),
        ("1970-01-01T01:00+01:00", 0),
        ("1970-01-01T00:00:00.001Z", 1),
    ],
)
def test_a_time_is_utc_unless_it_says_otherwise(text: str, ms: int) -> None:
    """A day is its first instant; plain digits are milliseconds."""
    assert ms == moment_ms(text)


@pytest.mark.parametrize("text, day", [(None, ALL_TIME), ("1970-01-01", 0), ("2026-11-23", 20_780)])
def test_a_day_is_a_whole_number(text: str | None, day: int) -> None:
    """There and back; no day is all time."""
    assert day == day_number(text)
    assert text == day_text(Day(day))


@pytest.mark.parametrize("text", ["", "tomorrow", "-1", "2026-13-01", "१"])
def test_what_is_no_time_is_wrong_usage(text: str) -> None:
    """The forms that are read are named."""
    for read in (moment_ms, day_number):
        with pytest.raises(CommandError) as refused:
            read(text)

        assert 2 == refused.value.status
        assert "2026-11-23" in refused.value.hint
