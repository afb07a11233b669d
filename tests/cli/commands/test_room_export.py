"""`rooms room export`: all of a room, as a sheet and as a document."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, Protocol

import pytest


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def test_a_settled_room_is_written_whole(rooms: Rooms, books: Path) -> None:
    """Two bets make two positions; two stakes came in, and payout, host and protocol went out: the pot is empty."""
    ran = rooms("room", "export", "1000", "--database", str(books), "--json")
    document = json.loads(ran.out)
    pot = f"pot:{document['room']['id']}"
    came, went = (
        sum(int(each["amount"]) for each in document["postings"] if each[end] == pot)
        for end in ("target", "source")
    )

    assert (0, "") == (ran.status, ran.err)
    assert ("SETTLED", "2910000000") == (
        document["room"]["status"],
        document["settlement"]["figures"]["paid"],
    )
    assert [("11000", "2000000000"), ("21000", "1000000000")] == [
        (bet["id"], bet["stake"]) for bet in document["bets"]
    ]
    assert [("2", "YES"), ("4", "NO")] == [
        (each["bettor"], each["outcome"]) for each in document["positions"]
    ]
    assert ["stake", "stake"] == [each["kind"] for each in document["postings"][:2]]
    assert (came, went) == (3_000_000_000, 3_000_000_000)


def test_a_room_is_a_sheet_unless_json_is_asked_for(rooms: Rooms, books: Path) -> None:
    """One row a record, told apart by the first column."""
    ran = rooms("room", "export", "1000", "--database", str(books))
    rows = list(csv.DictReader(io.StringIO(ran.out)))

    assert 0 == ran.status
    assert {"room", "settlement", "position", "bet", "posting"} == {row["record"] for row in rows}
    assert ["bet:11000", "bet:21000"] == [row["key"] for row in rows if row["kind"] == "stake"]


def test_a_file_is_written_and_told_of(rooms: Rooms, books: Path, tmp_path: Path) -> None:
    """What was written is counted; a second time the name is taken, and the file stays as it is."""
    place = tmp_path / "room.csv"
    told = rooms(
        "room",
        "export",
        "1000",
        "--database",
        str(books),
        "--format",
        "csv",
        "--output",
        str(place),
        "--json",
    )
    before = place.read_bytes()
    again = rooms("room", "export", "1000", "--database", str(books), "--output", str(place))
    said = rooms("room", "export", "2000", "--database", str(books), "--output", str(tmp_path / "b.csv"))

    assert [
        {
            "file": str(place),
            "room": 1,
            "settlement": 1,
            "evidence": 0,
            "positions": 2,
            "bets": 2,
            "postings": 5,
        }
    ] == (told.lines)
    assert before.startswith(b"record,id,")
    assert (1, before) == (again.status, place.read_bytes())
    assert "is there already" in again.err
    assert "bets        1" in said.out


@pytest.mark.parametrize("name, status", [("7", 1), ("10", 1)])
def test_a_room_that_is_not_one_is_refused(
    rooms: Rooms, books: Path, tmp_path: Path, name: str, status: int
) -> None:
    """Nothing is written, not even an empty file."""
    place = tmp_path / "room.csv"
    ran = rooms("room", "export", name, "--database", str(books), "--output", str(place))

    assert (status, "") == (ran.status, ran.out)
    assert not place.exists()
