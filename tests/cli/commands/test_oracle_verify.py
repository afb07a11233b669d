"""`rooms oracle verify`: the records of a day, whole and forged, from books, files and rooms."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.evidence_day import forged, room_named

from rooms_cli.evidence_check import LogCheck
from rooms_core.ports.evidence import EvidenceRecord

DIGITS = "0123456789"
BEFORE = 120
"""So many records are read before the changed one: more than any record rests on."""


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def log_of(day: Path) -> list[EvidenceRecord]:
    """All records, in the order of writing."""
    with closing(sqlite3.connect(day)) as books:
        rows = books.execute("SELECT instrument, tick_ms, hash, prev, body FROM evidence ORDER BY id")
        return [EvidenceRecord(*row) for row in rows]


@pytest.fixture(scope="module")
def log(day: Path) -> list[EvidenceRecord]:
    """The day's records."""
    return log_of(day)


def test_every_record_of_a_day_holds(rooms: Rooms, day: Path, log: list[EvidenceRecord]) -> None:
    """In the order of writing, all instruments together, with what people wrote by hand."""
    ran = rooms("oracle", "verify", "--database", str(day), "--json")
    (found,) = ran.lines
    told = rooms("oracle", "verify", "--database", str(day))

    assert (0, "") == (ran.status, ran.err)
    assert (True, len(log), len(log), True, None) == tuple(
        found[name] for name in ("ok", "records", "read", "from_the_beginning", "refused")
    )
    assert {each.instrument for each in log} == set(found["instruments"])
    assert (min(each.tick_ms for each in log), max(each.tick_ms for each in log)) == (
        found["first_tick_ms"],
        found["last_tick_ms"],
    )
    assert 0 == told.status
    assert f"records                                            {len(log)}" in told.out


def test_a_file_of_records_is_checked_without_a_database(rooms: Rooms, day: Path, tmp_path: Path) -> None:
    """What --export has written, also through a pipe; a file that is there is not overwritten."""
    place = tmp_path / "log.jsonl"
    from_books = rooms("oracle", "verify", "--database", str(day), "--export", str(place), "--json")
    from_file = rooms("oracle", "verify", str(place), "--json")
    piped = rooms("oracle", "verify", "-", "--json", stdin=place.read_bytes())
    again = rooms("oracle", "verify", "--database", str(day), "--export", str(place))

    assert 0 == from_books.status == from_file.status == piped.status
    assert from_books.out == from_file.out == piped.out
    assert (1, True) == (again.status, "is there already" in again.err)


def test_bodies_alone_are_records_too(rooms: Rooms, log: list[EvidenceRecord]) -> None:
    """One on each line, as canonical JSON; empty lines are passed over."""
    bodies = "\n\n".join(each.body for each in log if not each.instrument.startswith("room:"))
    ran = rooms("oracle", "verify", "-", "--json", stdin=bodies.encode())

    assert (0, bodies.count("\n\n") + 1) == (ran.status, ran.lines[0]["records"])


def test_a_part_of_the_log_is_checked_from_its_middle(
    rooms: Rooms, day: Path, log: list[EvidenceRecord], tmp_path: Path
) -> None:
    """Records before it are read so that they can be named; the part can be taken away as a file."""
    place = tmp_path / "part.jsonl"
    middle = log[len(log) // 2].tick_ms + 60_000
    words = ["--since", str(middle), "--until", str(log[-1].tick_ms), "--export", str(place)]
    ran = rooms("oracle", "verify", "--database", str(day), *words, "--json")
    from_file = rooms("oracle", "verify", str(place), "--json")
    (found,) = ran.lines

    assert (0, True, False) == (ran.status, found["ok"], found["from_the_beginning"])
    assert 0 < found["records"] < len(log)
    assert found["records"] <= found["read"]
    assert ran.out == from_file.out


def test_one_chain_is_checked_with_all_it_names(
    rooms: Rooms, day: Path, log: list[EvidenceRecord], tmp_path: Path
) -> None:
    """Its rates are read and not judged: one that was changed is noticed where it is named."""
    pump = next(each.instrument for each in log if each.instrument.startswith("pump:"))
    ran = rooms("oracle", "verify", "--database", str(day), "--instrument", pump, "--json")
    with forged(day, tmp_path / "forged.db") as books:
        named = next(each for each in log if each.instrument == pump).body
        rate = json.loads(named)["quote_rates"]["SOL/USD"]["evidence"]
        books.execute(
            'UPDATE evidence SET body = replace(body, \'"age_ms":"\', \'"age_ms":"9\') WHERE hash = ?',
            (rate,),
        )
    wrong = rooms(
        "oracle", "verify", "--database", str(tmp_path / "forged.db"), "--instrument", pump, "--json"
    )

    assert (0, {pump}) == (ran.status, set(ran.lines[0]["instruments"]))
    assert (1, pump) == (wrong.status, wrong.lines[0]["refused"]["instrument"])
    assert rate in wrong.lines[0]["refused"]["why"]


def test_a_chain_without_records_is_not_called_good(rooms: Rooms, day: Path) -> None:
    """A name that is misspelt would be verified otherwise, with nothing looked at."""
    ran = rooms("oracle", "verify", "--database", str(day), "--instrument", "SOL/US")

    assert (1, "") == (ran.status, ran.out)
    assert "There are no records of SOL/US here." in ran.err
    assert "Did you mean SOL/USD?" in ran.err


def test_nothing_at_all_is_not_called_good(rooms: Rooms) -> None:
    """A pipe that broke, or a file that was never written, has no first line; a log without records has one."""
    ran = rooms("oracle", "verify", "-", stdin=b"")

    assert (1, "") == (ran.status, ran.out)
    assert "There is nothing in it to verify." in ran.err


def _holds(log: list[EvidenceRecord], at: int, changed: EvidenceRecord) -> bool:
    """Whether a record is accepted in the place of another."""
    check = LogCheck(anywhere=True)
    for each in log[max(0, at - BEFORE) : at]:
        check.take(each, recall=True)
    check.take(changed)
    return check.refused is None


@given(st.data())
def test_one_changed_digit_of_any_record_is_noticed(log: list[EvidenceRecord], data: st.DataObject) -> None:
    """Any digit of any record of the day; unchanged it holds."""
    at = data.draw(st.integers(0, len(log) - 1))
    record = log[at]
    place = data.draw(
        st.sampled_from([place for place, letter in enumerate(record.body) if letter in DIGITS])
    )
    other = data.draw(st.sampled_from([digit for digit in DIGITS if digit != record.body[place]]))
    body = record.body[:place] + other + record.body[place + 1 :]
    changed = EvidenceRecord(record.instrument, record.tick_ms, record.hash, record.prev, body)

    assert _holds(log, at, record)
    assert not _holds(log, at, changed)


@pytest.mark.parametrize("column", ["tick_ms", "prev", "instrument", "hash", "body"])
def test_the_first_record_that_was_changed_in_the_books_is_named(
    rooms: Rooms, day: Path, log: list[EvidenceRecord], tmp_path: Path, column: str
) -> None:
    """By instrument, time, hash and reason, with exit status 1; nothing after it is believed."""
    at = next(n for n, each in enumerate(log) if n > 50 and each.instrument == "SOL/USD")
    victim = log[at]
    new: Any = {
        "tick_ms": victim.tick_ms + 1,
        "prev": log[0].hash,
        "instrument": "ETH/USD",
        "hash": victim.hash[:-1] + ("0" if victim.hash[-1] != "0" else "1"),
        "body": victim.body.replace('"1', '"2', 1),
    }[column]
    with forged(day, tmp_path / "forged.db") as books:
        books.execute(f"UPDATE evidence SET {column} = ? WHERE hash = ?", (new, victim.hash))
    ran = rooms("oracle", "verify", "--database", str(tmp_path / "forged.db"), "--json")
    told = rooms("oracle", "verify", "--database", str(tmp_path / "forged.db"))
    refused = ran.lines[0]["refused"]

    assert (1, False, at, at) == (
        ran.status,
        ran.lines[0]["ok"],
        ran.lines[0]["records"],
        refused["position"],
    )
    assert refused["hash"] == (new if column == "hash" else victim.hash)
    assert (1, "") == (told.status, told.out)
    assert f"Record {at}" in told.err
    assert refused["why"] in told.err


def test_a_record_left_out_is_noticed_at_the_next_one(
    rooms: Rooms, day: Path, log: list[EvidenceRecord], tmp_path: Path
) -> None:
    """And a file that breaks off says nothing of it: the end of a chain is only known to the books."""
    victim = next(each for n, each in enumerate(log) if n > 50 and each.instrument == "SOL/USD")
    with forged(day, tmp_path / "forged.db") as books:
        books.execute("DELETE FROM evidence WHERE hash = ?", (victim.hash,))
    ran = rooms("oracle", "verify", "--database", str(tmp_path / "forged.db"), "--json")

    assert (1, "SOL/USD") == (ran.status, ran.lines[0]["refused"]["instrument"])


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "x",
        "{}",
        '{"hash":"x","prev":null,"instrument":"a","tick_ms":"x","body":"{}"}',
        '{"body":1}',
        "[" * 9_999,
    ],
)
def test_what_is_no_record_is_refused_in_words(rooms: Rooms, line: str) -> None:
    """Whatever stands in the file, it ends with a reason and exit status 1."""
    ran = rooms("oracle", "verify", "-", "--json", stdin=line.encode())

    assert (1, 0) == (ran.status, ran.lines[0]["refused"]["position"])
    assert "This should not have happened" not in ran.err


def test_a_time_beyond_all_calendars_is_refused_in_words(rooms: Rooms) -> None:
    """A number that is no date is shown as the number."""
    line = '{"hash":"x","prev":null,"instrument":"a","tick_ms":"999999999999999999","body":"{}"}'
    ran = rooms("oracle", "verify", "-", stdin=line.encode())

    assert 1 == ran.status
    assert "999999999999999999" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("x.jsonl", "--since", "2026-01-01"),
        ("x.jsonl", "--export", "y.jsonl"),
        ("--room", "1", "--since", "2026-01-01"),
        ("x.jsonl", "--room", "1"),
        ("--since", "never"),
    ],
)
def test_what_does_not_go_together_is_said(rooms: Rooms, day: Path, words: tuple[str, ...]) -> None:
    """It is wrong usage, with a hint."""
    assert 2 == rooms("oracle", "verify", *words, "--database", str(day)).status


def points_of(ran: Any) -> dict[str, bool | None]:
    """What was found of each point."""
    return {each["what"]: each["holds"] for each in ran.lines[0]["points"]}


@pytest.mark.parametrize(
    "title, points",
    [
        ("leap past", 9),
        ("unseen", 8),
        ("touch%in half an hour", 8),
        ("stand at", 8),
        ("be worth", 8),
        ("nobody can measure", 1),
    ],
)
def test_the_answer_of_every_room_follows_from_its_records(
    rooms: Rooms, day: Path, title: str, points: int
) -> None:
    """By ticks, by audit, by silence, by the last minute of a coin and of a token, and by two persons."""
    name = room_named(day, title)
    ran = rooms("oracle", "verify", "--room", name, "--database", str(day), "--json")
    told = rooms("oracle", "verify", "--room", name, "--database", str(day))

    assert (0, True, name) == (ran.status, ran.lines[0]["ok"], ran.lines[0]["room"])
    assert points <= len(points_of(ran))
    assert False not in points_of(ran).values()
    assert (0, "") == (told.status, told.err)


def test_a_room_without_an_answer_has_nothing_to_check(rooms: Rooms, books: Path) -> None:
    """It is said, and what it is waiting for."""
    ran = rooms("oracle", "verify", "--room", "2000", "--database", str(books))

    assert (1, True) == (ran.status, "has no answer yet" in ran.err)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "title, change, point",
    [
        (
            "leap past",
            lambda it: it.update(price=it["price"] + 1),
            "time and price are those of the first hit",
        ),
        (
            "leap past",
            lambda it: it.update(at_ms=it["at_ms"] + 3_000),
            "time and price are those of the first hit",
        ),
        ("leap past", lambda it: it["evidence"].pop(), "enough of them in a row are hits (families)"),
        (
            "leap past",
            lambda it: it.update(late_after_ms=it["late_after_ms"] + 1),
            "late stakes go back from the last tick that was no hit",
        ),
        (
            "leap past",
            lambda it: (it["evidence"].pop(0), it.update(late_after_ms=it["at_ms"])),
            "no record says when the target was last clear",
        ),
        ("leap past", lambda it: it.update(winning=["NO"]), "no touch was recorded while it was open"),
        ("leap past", lambda it: it.update(winning=[]), "the winner is one that silence can have"),
        (
            "leap past",
            lambda it: it["evidence"].append("sha256:no"),
            "every record it names is in the books and holds",
        ),
        (
            "unseen",
            lambda it: it.update(price=it["price"] + 1),
            "the price is the furthest that two families reached",
        ),
        ("unseen", lambda it: it.update(at_ms=it["at_ms"] + 1), "the touch counts at the minute's end"),
        ("unseen", lambda it: it.update(winning=["NO"]), "no audited minute reached the target"),
        ("touch%in half an hour", lambda it: it.update(price=1), "the price is that of the last tick"),
        ("touch%in half an hour", lambda it: it.update(at_ms=1), "it was given at the settle time"),
        (
            "touch%in half an hour",
            lambda it: it.update(winning=["YES"]),
            "enough of them in a row are hits (families)",
        ),
        ("stand at", lambda it: it.update(winning=["NO"]), "the winner follows from the settle price"),
        ("stand at", lambda it: it.update(price=it["price"] + 1), "it is the median of the last minute"),
        ("stand at", lambda it: it.update(at_ms=1), "it is the price at the settle time"),
        ("stand at", lambda it: it.update(found_by="backfill"), "the minute's candles give the price"),
        (
            "be worth",
            lambda it: it["evidence"].pop(0),
            "a settle price was recorded for this time, and is the room's",
        ),
    ],
)
def test_an_answer_that_does_not_follow_is_named(
    rooms: Rooms, day: Path, tmp_path: Path, title: str, change: Change, point: str
) -> None:
    """Whoever changed the answer in the books and left the records is found out by them."""
    name = room_named(day, title)
    with forged(day, tmp_path / "forged.db") as books:
        ((text,),) = books.execute("SELECT resolution FROM room WHERE id = ?", (int(name),)).fetchall()
        answer = json.loads(text)
        change(answer)
        books.execute("UPDATE room SET resolution = ? WHERE id = ?", (json.dumps(answer), int(name)))
    ran = rooms("oracle", "verify", "--room", name, "--database", str(tmp_path / "forged.db"), "--json")

    assert (1, False) == (ran.status, ran.lines[0]["ok"])
    assert points_of(ran)[point] is False


def test_an_answer_from_another_market_is_named(rooms: Rooms, day: Path, tmp_path: Path) -> None:
    """And so is one that the receipt does not give."""
    name, other = room_named(day, "stand at"), room_named(day, "be worth")
    with forged(day, tmp_path / "forged.db") as books:
        books.execute(
            "UPDATE room SET resolution = (SELECT resolution FROM room WHERE id = ?) WHERE id = ?",
            (int(other), int(name)),
        )
    found = points_of(
        rooms("oracle", "verify", "--room", name, "--database", str(tmp_path / "forged.db"), "--json")
    )

    assert found["they are records of the room's own market"] is False
    assert found["the receipt names the same records"] is False


def test_a_record_that_is_gone_or_changed_breaks_its_room(
    rooms: Rooms, day: Path, log: list[EvidenceRecord], tmp_path: Path
) -> None:
    """The record it names, and the rate that this rests on."""
    name = room_named(day, "leap past")
    with closing(sqlite3.connect(day)) as books:
        ((text,),) = books.execute("SELECT resolution FROM room WHERE id = ?", (int(name),)).fetchall()
    sealed = json.loads(text)["evidence"][0]
    body = next(each.body for each in log if each.hash == sealed)
    rate = json.loads(body)["quote_rates"]["USDT/USD"]["evidence"]
    for number, (statement, point) in enumerate(
        [
            (
                f"DELETE FROM evidence WHERE hash = '{sealed}'",
                "every record it names is in the books and holds",
            ),
            (f"DELETE FROM evidence WHERE hash = '{rate}'", "so does what they rest on"),
            (f"UPDATE evidence SET body = '{{}}' WHERE hash = '{rate}'", "so does what they rest on"),
            (f"UPDATE evidence SET tick_ms = 1 WHERE hash = '{rate}'", "so does what they rest on"),
        ]
    ):
        place = tmp_path / f"forged{number}.db"
        with forged(day, place) as books:
            books.execute(statement)
        ran = rooms("oracle", "verify", "--room", name, "--database", str(place), "--json")
        assert (1, False) == (ran.status, points_of(ran)[point])
