"""`rooms demo`: what it refuses before it plays, and what it says and answers afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_cli.commands import demo as command
from rooms_cli.demo import day as playing
from rooms_cli.demo import dead_heat
from rooms_cli.demo.bank import Banked
from rooms_cli.demo.day import Day
from rooms_cli.demo.dead_heat import DeadHeatShown, show_dead_heat
from rooms_cli.demo.findings import Check
from rooms_cli.demo.plan import Story
from rooms_cli.demo.stage import Played


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


HELD = Check("I1", "all balances together are zero", 3)
FAILED = Check("I2", "every balance is the sum of its postings", 3, ("available:4 has 1 lamport too much",))


def _day(*checks: Check) -> Day:
    return Day(
        label="no prices at all", story=Story((), ()), played=Played(), banked=Banked(), checks=list(checks)
    )


def _plays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command find its place, and the day itself be over at once."""

    async def over(*_words: object, **_named: object) -> Day:
        return _day(HELD)

    monkeypatch.setattr(playing, "play_day", over)


def _plays(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    """Let the command show a day with these checks, without playing it."""
    day = _day(*checks)
    monkeypatch.setattr(command, "_play", lambda *_words, **_named: day)


def test_a_folder_that_is_not_there_is_wrong_usage(rooms: Rooms, tmp_path: Path) -> None:
    """Exit status 2, nothing on stdout, and a hint what to give."""
    ran = rooms("demo", "--prices", str(tmp_path / "nowhere"))

    assert (2, "") == (ran.status, ran.out)
    assert "There is no folder" in ran.err
    assert "<venue>_<BASE>-<QUOTE>_1m.csv" in ran.err


def test_a_folder_without_prices_is_wrong_usage(rooms: Rooms, tmp_path: Path) -> None:
    """Exit status 2, and why this folder cannot be played."""
    ran = rooms("demo", "--prices", str(tmp_path))

    assert (2, "") == (ran.status, ran.out)
    assert "These prices cannot be played" in ran.err
    assert "rooms demo --help" in ran.err


@pytest.mark.parametrize("option", ["--database", "--keep"])
def test_a_file_that_is_no_database_is_left_alone(rooms: Rooms, tmp_path: Path, option: str) -> None:
    """It stays as it is, and nothing is played."""
    books = tmp_path / "mine.sqlite"
    books.write_bytes(b"precious")
    ran = rooms("demo", option, str(books))

    assert (1, "") == (ran.status, ran.out)
    assert "is no SQLite database" in ran.err
    assert b"precious" == books.read_bytes()


def test_wrong_prices_make_no_books(rooms: Rooms, tmp_path: Path) -> None:
    """The database is touched last."""
    books = tmp_path / "day.sqlite"
    ran = rooms("demo", "--prices", str(tmp_path / "nowhere"), "--database", str(books))

    assert 2 == ran.status
    assert not books.exists()


def test_a_day_that_holds_exits_with_0(rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how many checks hold, and where the books are if they were kept."""
    _plays(monkeypatch, HELD)
    books = tmp_path / "day.sqlite"
    ran = rooms("demo", "--json", "--database", str(books))

    assert (0, True) == (ran.status, ran.lines[0]["ok"])
    assert "All 1 checks hold." in ran.err
    assert f"try `rooms room list --database {books}`" in ran.err


def test_a_password_is_not_said_at_the_end(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the books are is said without it, and how to go on in words."""
    _plays(monkeypatch, HELD)
    ran = rooms("demo", "--database", "postgresql://ann:s3cret@127.0.0.1:1/day")

    assert "The books are in postgresql://ann@127.0.0.1:1/day" in ran.err
    assert "s3cret" not in ran.err


def test_the_environment_directs_no_demo(
    rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ROOMS_DATABASE may name books in use: a demo plays elsewhere, and says so."""
    _plays_nothing(monkeypatch)
    monkeypatch.setenv("ROOMS_DATABASE", str(tmp_path / "books.db"))
    ran = rooms("demo", "--json")

    assert 0 == ran.status
    assert "ROOMS_DATABASE is left alone" in ran.err
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_failed_check_exits_with_1(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    """In tables and in JSON alike: the check is named with what it found, and the exit status is 1."""
    _plays(monkeypatch, HELD, FAILED)
    ran = rooms("demo", *more)

    assert 1 == ran.status
    assert "1 lamport too much" in ran.out
    assert "1 of 2 checks failed" in ran.err


def test_a_database_that_is_lost_on_the_way_is_said(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nobody's mistake: what happened and what to do, in two sentences."""

    async def lost(*_words: object, **_named: object) -> Day:
        raise ConnectionError("the server is gone")

    monkeypatch.setattr(playing, "play_day", lost)
    ran = rooms("demo")

    assert (1, "") == (ran.status, ran.out)
    assert "The database did not answer: the server is gone." in ran.err
    assert "another empty database" in ran.err


def test_a_dead_heat_that_does_not_verify_exits_with_1(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own pool counts as much as the rooms do."""
    shown = replace(show_dead_heat(), verified=False)

    def unverified() -> DeadHeatShown:
        return shown

    _plays(monkeypatch, HELD)
    monkeypatch.setattr(dead_heat, "show_dead_heat", unverified)
    ran = rooms("demo", "--json")

    assert (1, False) == (ran.status, ran.lines[0]["ok"])
