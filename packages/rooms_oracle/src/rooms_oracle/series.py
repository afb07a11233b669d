"""One recorded series: the minute candles of one venue for one pair, read from a CSV file.

Columns: ts_open (Unix seconds), open, high, low, close, volume. Digits are read as Decimal and become whole
numbers of 10^-12 at once. A minute is worked out when it is first asked for; the others stay lines of text.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Final

from rooms_core.result import Err, Ok, Result
from rooms_oracle.candle_walk import walk
from rooms_oracle.heard import MINUTE_MS

HEADER: Final = "ts_open,open,high,low,close,volume"
_PRICE: Final = r"[0-9]{1,12}(?:\.[0-9]{1,12})?"
_ROW: Final = re.compile(rf"([0-9]{{1,12}})((?:,{_PRICE}){{4}}),[0-9.]+", re.ASCII)
_FILE: Final = re.compile(r"([a-z0-9]+)_([A-Z0-9]+)-([A-Z0-9]+)_1m\.csv", re.ASCII)
_SCALE: Final = 12

Ohlc = tuple[int, int, int, int]


class Series:
    """The candles of one venue for BASE against QUOTE."""

    def __init__(self, venue: str, base: str, quote: str, rows: dict[int, str]) -> None:
        self.venue = venue
        self.base = base
        self.quote = quote
        self._rows = rows
        self._at: int | None = None
        self._ticks: tuple[int, ...] | None = None

    @property
    def source(self) -> str:
        """The name its observations go by."""
        return f"{self.venue}:{self.base}-{self.quote}"

    def minutes(self) -> list[int]:
        """The starts (ms) of the minutes it has, in the order of the file."""
        return list(self._rows)

    def candle(self, minute_ms: int) -> Ohlc | None:
        """Open, high, low and close of a minute; None if nothing was traded in it."""
        row = self._rows.get(minute_ms)
        if row is None:
            return None
        first, high, low, last = [scaled(field) for field in row.split(",")]
        return first, high, low, last

    def tick(self, tick_ms: int) -> int | None:
        """The price at a tick of the grid, by the candle it falls in."""
        second = tick_ms % MINUTE_MS
        minute_ms = tick_ms - second
        if minute_ms != self._at:
            candle = self.candle(minute_ms)
            self._at, self._ticks = minute_ms, None if candle is None else walk(*candle)
        return None if self._ticks is None else self._ticks[second // 3_000]


def scaled(digits: str) -> int:
    """Decimal text as a whole number of 10^-12; exact, as it has at most 12 decimals."""
    return int(Decimal(digits).scaleb(_SCALE))


def read_series(path: Path) -> Result[Series | None, str]:
    """The series of a file; None if its name is that of no series; what is wrong with it otherwise."""
    named = _FILE.fullmatch(path.name)
    if named is None:
        return Ok(None)
    try:
        header, *lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        return Err(f"{path.name} cannot be read: {error}")
    if header != HEADER:
        return Err(f"{path.name} has other columns than {HEADER}")
    rows: dict[int, str] = {}
    for number, line in enumerate(lines, start=2):
        row = _ROW.fullmatch(line)
        if row is None:
            return Err(f"{path.name}, line {number}: no candle")
        rows[int(row[1]) * 1_000] = row[2][1:]
    venue, base, quote = named.groups()
    return Ok(Series(venue, base, quote, rows))
