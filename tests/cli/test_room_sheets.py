"""An export as a sheet and as a document."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from rooms_cli.room_sheets import CsvSheet, JsonSheet, inert
from rooms_core.domain.ids import UserId
from rooms_core.domain.market import Outcome
from rooms_core.domain.tally import Position
from rooms_core.testing.builders import a_bet, a_room, sols


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+1", "-a", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "－1"]
)
def test_no_cell_is_a_formula(cell: str) -> None:
    """What a spreadsheet would run begins with an apostrophe instead."""
    assert f"'{cell}" == inert(cell)


@pytest.mark.parametrize("cell", ["", "SOL up?", "1000", "-12", "'=1", "a=b", " =1"])
def test_other_cells_are_as_they_are(cell: str) -> None:
    """Nothing is added to a text that is only a text."""
    assert cell == inert(cell)


def test_a_sheet_has_a_row_for_each_record() -> None:
    """The first column tells which kind; a room has a row for each of its facts."""
    file = io.StringIO()
    sheet = CsvSheet(file)
    sheet.take([replace(a_room(1_000), title='=HYPERLINK("//evil")')])
    sheet.take([Position(bettor=UserId(2), outcome=Outcome("@x"), staked=sols("1"))])
    sheet.take([a_bet(102, 2, "YES", sols("1"), key="@k")])
    sheet.close()
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))

    assert '\'=HYPERLINK("//evil")' in [row["value"] for row in rows if row["name"] == "title"]
    assert [("position", "'@x"), ("bet", "YES")] == [(row["record"], row["outcome"]) for row in rows[-2:]]
    assert ("102", "2", "1000000000", "'@k") == tuple(
        rows[-1][name] for name in ("id", "bettor", "amount", "key")
    )
    assert {"room": 1, "positions": 1, "bets": 1} == sheet.counts


def test_a_document_is_valid_json_with_every_section() -> None:
    """A section without records is empty; whole numbers are texts, large and small."""
    file = io.StringIO()
    sheet = JsonSheet(file)
    sheet.take([a_room(1_000)])
    sheet.take([a_bet(102, 2, "YES", sols("1")), a_bet(104, 2, "NO", sols("2"))])
    sheet.close()
    document = json.loads(file.getvalue())

    assert ["room", "settlement", "evidence", "positions", "bets", "postings"] == list(document)
    assert (None, [], [], []) == tuple(
        document[name] for name in ("settlement", "evidence", "positions", "postings")
    )
    assert ["1000000000", "2000000000"] == [bet["stake"] for bet in document["bets"]]
    assert "-12" == document["room"]["target_scale"]
    assert isinstance(document["bets"][0]["placed_at_ms"], str)
