"""Recorded series: read exactly, or refused with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.series import HEADER, Series, read_series, scaled

MINUTE = 1_678_233_600


def write(folder: Path, *rows: str, name: str = "kraken_BTC-USDT_1m.csv", header: str = HEADER) -> Path:
    """A file of candles."""
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> Series:
    """A series that can be read."""
    found = read_series(path)
    assert isinstance(found, Ok)
    assert found.value is not None
    return found.value


def test_a_series_knows_venue_and_pair(tmp_path: Path) -> None:
    """They are in the file's name."""
    series = read(write(tmp_path, f"{MINUTE},22194.8,22197,22194.5,22194.7,0.08"))

    assert ("kraken", "BTC", "USDT", "kraken:BTC-USDT") == (
        series.venue,
        series.base,
        series.quote,
        series.source,
    )
    assert [MINUTE * 1_000] == series.minutes()


def test_digits_become_whole_numbers_exactly(tmp_path: Path) -> None:
    """No digit is lost on the way."""
    series = read(write(tmp_path, f"{MINUTE},0.000000000001,2,0.000000000001,1.5,1"))

    assert (1, 2 * 10**12, 1, 1_500_000_000_000) == series.candle(MINUTE * 1_000)
    assert 22_194_800_000_000_000 == scaled("22194.8")


def test_ticks_walk_through_the_candle_and_a_missing_minute_says_nothing(tmp_path: Path) -> None:
    """Asked in any order."""
    series = read(write(tmp_path, f"{MINUTE},1,2,1,2,1", f"{MINUTE + 120},5,5,5,5,0"))
    asked = [series.tick((MINUTE + second) * 1_000) for second in (0, 21, 60, 120, 177, 0)]

    assert [10**12, 1_050_000_000_000, None, 5 * 10**12, 5 * 10**12, 10**12] == asked
    assert series.candle((MINUTE + 60) * 1_000) is None


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    """A name that is no series is none of ours."""
    assert Ok(None) == read_series(write(tmp_path, name="notes.csv"))


@pytest.mark.parametrize(
    "row",
    [
        "",
        f"{MINUTE},1,2,1",
        f"{MINUTE},1,2,1,-2,1",
        f"{MINUTE},1,2,1,1e3,1",
        f"x{MINUTE},1,2,1,2,1",
        f"{MINUTE},1,2,1,.5,1",
    ],
)
def test_a_line_that_is_no_candle_is_refused_with_its_number(tmp_path: Path, row: str) -> None:
    """A hole in the data must not look like a quiet minute."""
    path = write(tmp_path, f"{MINUTE},1,1,1,1,1", row)

    assert Err("kraken_BTC-USDT_1m.csv, line 3: no candle") == read_series(path)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    """High and low in another order would settle rooms."""
    found = read_series(write(tmp_path, header="ts_open,open,low,high,close,volume"))

    assert isinstance(found, Err)
    assert "other columns" in found.why


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Empty, or no text at all."""
    broken, empty = tmp_path / "a_B-C_1m.csv", tmp_path / "d_E-F_1m.csv"
    broken.write_bytes(b"\xff\xfe")
    empty.write_bytes(b"")

    assert [True, True] == [isinstance(read_series(path), Err) for path in (broken, empty)]
