"""`rooms stats`: counting, the house, users and leaderboards."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_cli.moments import day_text
from rooms_core.domain.score import day_of
from rooms_core.testing.clock import NOON_MS

TODAY = str(day_text(day_of(NOON_MS)))


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


@pytest.fixture
def counted(rooms: Rooms, books: Path) -> str:
    """The books of conftest, whose two ended rooms are counted."""
    assert 0 == rooms("stats", "count", "--database", str(books)).status
    return str(books)


def test_counting_says_how_many(rooms: Rooms, books: Path) -> None:
    """Once is enough; again from the beginning gives the same; what waits is said before."""
    words = ("--database", str(books), "--json")
    before = rooms("stats", "house", *words)
    first, second = rooms("stats", "count", *words), rooms("stats", "count", *words)
    house = rooms("stats", "house", *words)
    again = rooms("stats", "count", "--again", *words)

    assert "2 ended rooms are not counted yet" in before.err
    assert [{"counted": 2, "failed": []}] == first.lines == again.lines
    assert [{"counted": 0, "failed": []}] == second.lines
    assert ("", house.lines) == (house.err, rooms("stats", "house", *words).lines)


def test_the_house_by_day(rooms: Rooms, counted: str) -> None:
    """All time first, then the days; 3 SOL of volume, 0.09 taken."""
    told = rooms("stats", "house", "--database", counted, "--days", "7", "--json")
    said = rooms("stats", "house", "--database", counted, "--day", TODAY)

    assert [None, TODAY] == [line["day"] for line in told.lines]
    assert {(1, 1, 2, "3000000000", "90000000")} == {
        (line["settled"], line["voided"], line["hosted"], line["volume"], line["takeout"])
        for line in told.lines
    }
    assert TODAY in said.out
    assert "0.06" in said.out


def test_a_user_by_day(rooms: Rooms, counted: str) -> None:
    """Who won, and who hosted."""
    winner = rooms("stats", "user", "2", "--database", counted, "--days", "7", "--json")
    host = rooms("stats", "user", "6", "--database", counted)
    nobody = rooms("stats", "user", "8", "--database", counted, "--day", TODAY, "--json")

    assert 2 == len(winner.lines)
    assert ("2000000000", "910000000", 1, 1) == tuple(
        winner.lines[0][name] for name in ("volume", "profit", "hits", "voided")
    )
    assert "0.03" in host.out
    assert [(0, "0")] == [(line["rooms"], line["volume"]) for line in nobody.lines]


def test_leaders_are_listed_page_by_page(rooms: Rooms, counted: str) -> None:
    """Highest first; the last user of a page asks for the next."""
    words = ("stats", "leaders", "--database", counted, "--json")

    assert ["2", "4"] == [line["user"] for line in rooms(*words).lines]
    assert ["2"] == [line["user"] for line in rooms(*words, "--limit", "1").lines]
    assert ["4"] == [line["user"] for line in rooms(*words, "--after", "2").lines]
    assert ["6"] == [line["user"] for line in rooms(*words, "--by", "host-volume", "--day", TODAY).lines]
    assert [] == rooms(*words, "--by", "hit-rate").lines
    assert "0.91" in rooms("stats", "leaders", "--database", counted).out


def test_an_unknown_board_is_wrong_usage(rooms: Rooms, counted: str) -> None:
    """The nearest is named."""
    ran = rooms("stats", "leaders", "--by", "profits", "--database", counted)

    assert 2 == ran.status
    assert "Did you mean profit?" in ran.err
