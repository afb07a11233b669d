"""`rooms pool`: settling files and pipes, quoting stakes, and saying what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

ROOM: Final = {
    "bets": [
        {"bettor": "you", "outcome": "YES", "stake": "10000000000"},
        {"bettor": "zoë", "outcome": "YES", "stake": "90000000000"},
        {"bettor": "against", "outcome": "NO", "stake": "50000000000"},
    ],
    "winning": ["YES"],
}
ONE: Final = json.dumps(ROOM).encode()
PAYOUTS: Final = {"you": "14550000000", "zoë": "130950000000"}


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


@pytest.mark.parametrize("indent", [None, 2])
def test_one_object_is_settled(rooms: Rooms, tmp_path: Path, indent: int | None) -> None:
    """A file with one room, on one line or many, answers one line of JSON when piped."""
    (tmp_path / "room.json").write_text(json.dumps(ROOM, indent=indent), encoding="utf-8")
    ran = rooms("pool", "settle", str(tmp_path / "room.json"))

    assert (0, "") == (ran.status, ran.err)
    assert [PAYOUTS] == [line["payouts"] for line in ran.lines]
    assert list(ran.lines[0]) == [
        *(
            "state",
            "reason",
            "gross",
            "takeout",
            "host",
            "protocol",
            "breakage",
            "subsidy",
            "payouts",
            "refunds",
        )
    ]


def test_json_lines_are_answered_in_order_and_a_bad_line_harms_no_other(rooms: Rooms) -> None:
    """A bad line answers an error object with its number; the rest go on, and the exit status is 1."""
    ran = rooms("pool", "settle", "-", stdin=b"\n" + ONE + b"\n{}\n\n" + ONE + b"\nnonsense")

    assert 1 == ran.status
    assert ["SETTLED", None, "SETTLED", None] == [line.get("state") for line in ran.lines]
    assert [
        {"line": 3, "code": "MALFORMED", "message": 'neither "winning" nor "void" is given'},
        {"line": 6, "code": "MALFORMED", "message": "no JSON: Expecting value at character 1"},
    ] == [line["error"] for line in ran.lines if "error" in line]


def test_names_are_written_as_they_are(rooms: Rooms) -> None:
    """Answers are UTF-8, whatever the locale."""
    assert '"zoë"' in rooms("pool", "settle", "-", stdin=ONE).out


def test_no_case_is_no_mistake(rooms: Rooms) -> None:
    """An empty file of JSON Lines has no answers."""
    ran = rooms("pool", "settle", "-", stdin=b"\n\n")

    assert (0, "", "") == (ran.status, ran.out, ran.err)


@pytest.mark.usefixtures("at_terminal")
def test_a_person_sees_a_table(rooms: Rooms) -> None:
    """On a terminal one case is drawn with its figures and a row for each bettor."""
    ran = rooms("pool", "settle", "-", stdin=ONE)

    assert 0 == ran.status
    assert ran.out.startswith("SETTLED")
    assert "14,550,000,000" in ran.out
    assert "4,500,000,000" in ran.out


@pytest.mark.usefixtures("at_terminal")
def test_a_person_sees_why_a_room_was_void(rooms: Rooms) -> None:
    """The reason stands in the title."""
    ran = rooms("pool", "settle", "-", stdin=json.dumps(ROOM | {"winning": []}).encode())

    assert ran.out.startswith("VOIDED: NO_WINNER_GIVEN")


@pytest.mark.usefixtures("at_terminal")
def test_a_terminal_gets_json_when_it_asks_or_when_there_are_many(rooms: Rooms) -> None:
    """`--json` and JSON Lines are never drawn."""
    asked = rooms("pool", "settle", "-", "--json", stdin=ONE)
    many = rooms("pool", "settle", "-", stdin=ONE + b"\n" + ONE)

    assert [1, 2] == [len(asked.lines), len(many.lines)]


@pytest.mark.usefixtures("at_terminal")
def test_a_person_is_told_what_is_malformed(rooms: Rooms) -> None:
    """One bad case on a terminal is a sentence on stderr."""
    ran = rooms("pool", "settle", "-", stdin=b'{"bets":[],"winning":[]}')
    nothing = rooms("pool", "settle", "-")

    assert (1, "") == (ran.status, ran.out)
    assert "The case on line 1 is malformed: bets is empty." in ran.err
    assert (0, "", "There is no case in it.\n") == (nothing.status, nothing.out, nothing.err)


def test_a_missing_file_is_wrong_usage_with_a_guess(rooms: Rooms, tmp_path: Path) -> None:
    """Who mistypes a name is told the nearest one."""
    (tmp_path / "room.json").write_bytes(ONE)
    ran = rooms("pool", "settle", str(tmp_path / "rom.json"))

    assert (2, "") == (ran.status, ran.out)
    assert "Did you mean room.json?" in ran.err


QUOTE: Final = ("pool", "quote", "--pool", "YES=90", "--pool", "NO=50", "--on", "YES", "--stake", "10")


def test_the_sources_room_is_quoted(rooms: Rooms) -> None:
    """10 SOL on YES 90 against NO 50 return 14.55 now; the quote adds the stake to the pool."""
    ran = rooms(*QUOTE, "--inflow", "20", "--json")

    assert 0 == ran.status
    assert [
        {
            "outcome": "YES",
            "stake": "10000000000",
            "pool": {"YES": "100000000000", "NO": "50000000000"},
            "void": False,
            "share_ppm": 100_000,
            "return_now": "14550000000",
            "inflow": "20000000000",
            "return_worst": "13741666666",
            "breakeven_losing": "3092783515",
        }
    ] == ran.lines


def test_a_quote_reads_in_sol(rooms: Rooms) -> None:
    """Without --json it is text, on a terminal and in a pipe, and says that it can fall."""
    ran = rooms(*QUOTE)

    assert "return now       14.55 SOL\n" in ran.out
    assert "At present pools; it can fall until betting ends." in ran.out


@pytest.mark.parametrize(
    "more, returned",
    [
        (("--preset", "pancakeswap"), "14550000000"),
        (("--preset", "us-tote"), "12000000000"),
        (("--takeout-bps", "0"), "15000000000"),
        (("--takeout-bps", "50"), "14925000000"),
        (("--takeout-base", "LOSING"), "14850000000"),
        (("--dividend-step-bps", "1000"), "14000000000"),
        (("--dividend-min-bps", "20000"), "20000000000"),
        (("--match-limit", "1"), "10000000000"),
    ],
)
def test_the_rules_of_a_quote_can_be_chosen(rooms: Rooms, more: tuple[str, ...], returned: str) -> None:
    """A preset and each override change the return; the match limit is off unless it is given."""
    assert [returned] == [line["return_now"] for line in rooms(*QUOTE, *more, "--json").lines]


def test_a_one_sided_pool_says_that_it_would_be_void(rooms: Rooms) -> None:
    """Nobody stands against it: the stake itself comes back."""
    ran = rooms("pool", "quote", "--pool", "Y=1", "--pool", "N=0", "--on", "Y", "--stake", "1")

    assert "1 SOL (void: one side only)" in ran.out


@pytest.mark.parametrize(
    "words, why",
    [
        (("--pool", "YES=1", "--on", "YES", "--stake", "1"), "A pool has at least two outcomes."),
        (("--pool", "YES", "--pool", "NO=1", "--on", "NO", "--stake", "1"), "--pool YES is no OUTCOME=SOL."),
        (("--pool", "=1", "--pool", "NO=1", "--on", "NO", "--stake", "1"), "--pool =1 is no OUTCOME=SOL."),
        (("--pool", "A=1", "--pool", "A=1", "--on", "A", "--stake", "1"), "--pool names A twice."),
        (("--pool", "A=x", "--pool", "B=1", "--on", "A", "--stake", "1"), "--pool A x is no amount of SOL."),
        (
            ("--pool", "A=1", "--pool", "B=1", "--on", "a", "--stake", "1"),
            "--on a is no outcome of the pool.",
        ),
        (("--pool", "A=1", "--pool", "B=1", "--on", "A", "--stake", "0"), "--stake is 0"),
        (("--pool", "A=1", "--pool", "B=1", "--on", "A", "--stake", "-1"), "--stake -1 is no amount of SOL."),
        (
            ("--pool", "A=1", "--pool", "B=1", "--on", "A", "--stake", "1e3"),
            "--stake 1e3 is no amount of SOL.",
        ),
        (
            ("--pool", "A=1", "--pool", "B=1", "--on", "A", "--stake", "9" * 12),
            f"--stake {'9' * 12} is more than one stake can be.",
        ),
        ((*QUOTE[2:], "--inflow", "much"), "--inflow much is no amount of SOL."),
        ((*QUOTE[2:], "--preset", "tote"), "There is no preset tote."),
        ((*QUOTE[2:], "--takeout-base", "ALL"), "There is no takeout base ALL."),
        ((*QUOTE[2:], "--takeout-bps", "10001"), "These rules do not go together: takeout_bps"),
        ((*QUOTE[2:], "--match-limit", "-1"), "These rules do not go together: match_limit"),
    ],
)
def test_a_quote_that_cannot_be_given_says_why(rooms: Rooms, words: tuple[str, ...], why: str) -> None:
    """Wrong usage exits with 2, says what is wrong, and how to mend it."""
    ran = rooms("pool", "quote", *words)

    assert (2, "") == (ran.status, ran.out)
    assert f"rooms: {why}" in ran.err
