"""`rooms room`: lists, one room with its money, and receipts that verify."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def test_rooms_are_listed_newest_first(rooms: Rooms, books: Path) -> None:
    """One room a line, in JSON and as text."""
    told = rooms("room", "list", "--database", str(books), "--json")
    said = rooms("room", "list", "--database", str(books))

    assert [("2000", "QUEUING"), ("1002", "VOIDED"), ("1000", "SETTLED")] == [
        (line["id"], line["status"]) for line in told.lines
    ]
    assert 1 + 3 == len(said.out.splitlines())
    assert "SOL/USD up to 200, at_close" in said.out


@pytest.mark.parametrize(
    "more, ids",
    [
        (("--status", "queuing"), ["2000"]),
        (("--status", "SETTLED", "--status", "VOIDED"), ["1002", "1000"]),
        (("--limit", "1"), ["2000"]),
        (("--before", "2000", "--limit", "1"), ["1002"]),
        (("--after", "2000", "--limit", "1"), ["1002"]),
        (("--host", "6", "--direction", "up", "--mode", "at-close", "--subject", "coin"), ["1002", "1000"]),
        (("--instrument", "BTC/USD"), []),
        (("--held",), []),
        (("--not-held", "--settles-before", "2099-01-01"), ["2000", "1002", "1000"]),
        (("--by", "biggest-pot"), ["2000"]),
        (("--by", "ending-soonest", "--pot-min", "0.6"), []),
    ],
)
def test_a_list_can_be_narrowed(rooms: Rooms, books: Path, more: tuple[str, ...], ids: list[str]) -> None:
    """By state, and page by page."""
    told = rooms("room", "list", "--database", str(books), "--json", *more)

    assert ids == [line["id"] for line in told.lines]


def test_an_unknown_status_is_wrong_usage(rooms: Rooms, books: Path) -> None:
    """The nearest is named."""
    ran = rooms("room", "list", "--database", str(books), "--status", "setled")

    assert 2 == ran.status
    assert "Did you mean SETTLED?" in ran.err


def test_before_is_for_the_newest(rooms: Rooms, books: Path) -> None:
    """Another order goes on behind a room of the page before."""
    ran = rooms("room", "list", "--database", str(books), "--by", "biggest-pot", "--before", "2000")

    assert 2 == ran.status
    assert "Give --after." in ran.err


def test_a_settled_room_shows_all_its_money(rooms: Rooms, books: Path) -> None:
    """3 SOL came in; 2.91 were paid, 0.03 went to the host and 0.06 to the protocol."""
    ran = rooms("room", "show", "1000", "--database", str(books), "--json")
    (room,) = ran.lines
    flows = {(flow["way"], flow["kind"]): flow["amount"] for flow in room["cash_flow"]}

    assert 0 == ran.status
    assert "salt" not in room
    assert "2910000000" == room["settlement"]["figures"]["paid"]
    assert {
        ("in", "stake"): "3000000000",
        ("out", "payout"): "2910000000",
        ("out", "host"): "30000000",
        ("out", "protocol"): "60000000",
    } == flows


def test_a_room_reads_in_sol(rooms: Rooms, books: Path) -> None:
    """Text for people: question, figures and cash flow; a void room shows its reason."""
    settled = rooms("room", "show", "1000", "--database", str(books)).out
    void = rooms("room", "show", "1002", "--database", str(books)).out
    open_ = rooms("room", "show", "2000", "--database", str(books)).out

    assert "takeout      0.09 SOL" in settled
    assert "ONE_SIDED" in void
    assert "receipt" not in open_


@pytest.mark.usefixtures("at_terminal")
def test_a_room_is_drawn_on_a_terminal(rooms: Rooms, books: Path) -> None:
    """The same in tables."""
    ran = rooms("room", "show", "1000", "--database", str(books))

    assert "Cash flow" in ran.out
    assert "3 rooms" in rooms("room", "list", "--database", str(books)).out


def test_an_id_may_be_cut_short(rooms: Rooms, books: Path) -> None:
    """Enough of its beginning names a room; too little is refused with the candidates."""
    one = rooms("room", "show", "20", "--database", str(books), "--json")
    two = rooms("room", "show", "10", "--database", str(books))

    assert ["2000"] == [line["id"] for line in one.lines]
    assert (1, "") == (two.status, two.out)
    assert "2 rooms begin so: 1002, 1000." in two.err


@pytest.mark.parametrize("name", ["7", "x", "9" * 19, "9" * 40, "-1"])
def test_an_unknown_room_is_refused(rooms: Rooms, books: Path, name: str) -> None:
    """Whatever is asked for."""
    ran = rooms("room", "show", "--database", str(books), "--", name)

    assert (1, "") == (ran.status, ran.out)
    assert "There is no such room." in ran.err


@pytest.mark.parametrize("name, state", [("1000", "SETTLED"), ("1002", "VOIDED")])
def test_a_printed_receipt_verifies(rooms: Rooms, books: Path, name: str, state: str) -> None:
    """`rooms room receipt ID | rooms verify -` needs nothing but the receipt."""
    printed = rooms("room", "receipt", name, "--database", str(books))
    checked = rooms("verify", "-", "--json", stdin=printed.out.encode())

    assert (0, state, 2) == (checked.status, checked.lines[0]["state"], checked.lines[0]["lines"])


def test_a_room_that_has_not_ended_has_no_receipt(rooms: Rooms, books: Path) -> None:
    """It is refused with the room's state."""
    ran = rooms("room", "receipt", "2000", "--database", str(books))

    assert (1, "") == (ran.status, ran.out)
    assert "Room 2000 has no receipt yet: it is QUEUING." in ran.err
