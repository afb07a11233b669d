"""The day as a whole: it holds, it is the same twice, and both markets play all thirteen rooms."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_cli.demo.crash import KILLED
from rooms_cli.demo.day import CRASHED_ROOM, Day
from rooms_cli.demo.dead_heat import show_dead_heat
from rooms_cli.demo.report import day_json
from rooms_cli.output import json_line
from rooms_core.domain.status import RoomStatus
from rooms_store.testing.postgres import PostgresServer

once = pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="a whole day takes half a minute: it is played on the oldest Python only",
)


class ShortDay(Protocol):
    """A played day (see conftest)."""

    day: Day
    database: str


class Rooms(Protocol):
    """Runs the command line (see tests/cli/conftest.py)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def test_a_short_day_holds(short_day: ShortDay) -> None:
    """Four rooms end as told, each settled room by one of two settlers, and nothing went wrong."""
    day = short_day.day
    settled = [end for end in day.ends if end.room.status is RoomStatus.SETTLED]

    assert day.holds
    assert ([], [], []) == (day.played.notes, day.played.stuck, [*day.story.missing])
    assert 4 == len(day.ends)
    assert 3 == len(settled) == day.played.second_settlers
    assert day.notices > 0


def test_one_settler_was_killed_and_another_finished(short_day: ShortDay) -> None:
    """The room whose first settler died has been paid all the same."""
    (crashed,) = (end for end in short_day.day.ends if end.name == CRASHED_ROOM)

    assert KILLED == short_day.day.killed_with
    assert RoomStatus.SETTLED is crashed.room.status


def test_the_same_seed_is_the_same_day(
    short_day: ShortDay, another_short_day: Callable[[], ShortDay]
) -> None:
    """Played again on other books, every lamport, id and hash of the report is the same, byte for byte."""
    again = another_short_day()

    assert json_line(day_json(short_day.day, show_dead_heat())) == json_line(
        day_json(again.day, show_dead_heat())
    )


def test_the_day_is_the_same_at_a_server(short_day: ShortDay, served_short_day: ShortDay) -> None:
    """On PostgreSQL, crash and all, it has the same lamports, ids and hashes as on SQLite, byte for byte."""
    here, there = (day_json(each.day, show_dead_heat()) for each in (short_day, served_short_day))

    assert here == there
    assert json_line(here) == json_line(there)


@pytest.mark.parametrize(
    "words",
    [
        ("room", "list"),
        ("room", "list", "--json", "--status", "SETTLED", "--limit", "2"),
        ("room", "show", "ROOM"),
        ("room", "show", "ROOM", "--json"),
        ("room", "receipt", "ROOM"),
        ("room", "export", "ROOM"),
        ("room", "export", "ROOM", "--format", "json"),
        ("ledger", "verify", "--json"),
        ("ledger", "statement", "USER", "--until", "2026-02-01"),
        ("stats", "house", "--json"),
        ("stats", "leaders", "--json"),
        ("outbox", "list", "--json"),
    ],
    ids=" ".join,
)
def test_every_command_reads_the_same_day_from_both(
    rooms: Rooms, short_day: ShortDay, served_short_day: ShortDay, words: tuple[str, ...]
) -> None:
    """What a demo left behind at a server is told in the same words as what it left in a file."""
    named = {"ROOM": str(short_day.day.ends[0].room.id), "USER": str(short_day.day.played.bets[0].bettor)}
    asked = [named.get(word, word) for word in words]
    here, there = (rooms(*asked, "--database", each.database) for each in (short_day, served_short_day))

    assert (0, 0) == (here.status, there.status)
    assert here.out == there.out


def test_what_is_left_at_a_server_is_in_order(
    rooms: Rooms, served_short_day: ShortDay, tmp_path: Path
) -> None:
    """`rooms db check` finds nothing in the books, and each receipt is worked out again by `rooms verify`."""
    checked = rooms("db", "check", "--database", served_short_day.database, "--json")
    wrong = [line for line in checked.lines if not line["ok"] and line["name"] != "durability"]
    receipt = tmp_path / "receipt.json"
    verified = []
    for end in served_short_day.day.ends:
        written = rooms("room", "receipt", str(end.room.id), "--database", served_short_day.database)
        receipt.write_text(written.out, encoding="utf-8")
        verified.append(rooms("verify", str(receipt)).status)

    assert ([], [0] * 4) == (wrong, verified)  # the tests' own server is quick rather than durable


@once
@pytest.mark.timeout(900)  # two whole days, on a machine that may be busy
def test_the_whole_generated_day_holds(rooms: Rooms, tmp_path: Path, postgres_server: PostgresServer) -> None:
    """`rooms demo` plays thirteen rooms and two hundred people, all checks hold, and both databases tell the same."""
    told = {}
    for books in (str(tmp_path / "day.sqlite"), postgres_server.fresh_database()):
        ran = rooms("demo", "--json", "--database", books)
        verified = rooms("ledger", "verify", "--json", "--database", books)
        listed = rooms("room", "list", "--json", "--database", books)
        told[books] = json.loads(ran.out)

        assert 0 == ran.status
        assert _played_whole(told[books])
        assert f"All {len(told[books]['checks'])} checks hold." in ran.err
        assert (0, True) == (verified.status, verified.lines[0]["ok"])
        assert 13 == len(listed.lines)

    here, there = told.values()

    assert here == there


@once
def test_the_recorded_days_hold(rooms: Rooms, data_folder: Path) -> None:
    """The same story on four recorded days: prices that nobody wrote for it."""
    folder = data_folder / "btc_multi_venue_2023-03-08_11"
    if not folder.is_dir():
        pytest.skip(f"no recorded days in {data_folder}: {folder.name} is missing")
    ran = rooms("demo", "--json", "--prices", str(folder))
    (told,) = [json.loads(ran.out)]

    assert 0 == ran.status
    assert f"recorded minutes of BTC from {folder.name}" == told["prices"]
    assert _played_whole(told)


def _played_whole(told: dict[str, Any]) -> bool:
    """Whether thirteen rooms of all kinds were played, nothing was missing, and everything holds."""
    states = [room["state"] for room in told["rooms"]]
    return (
        told["ok"]
        and all(check["holds"] and check["looked_at"] for check in told["checks"])
        and (13, 9, 4) == (len(states), states.count("SETTLED"), states.count("VOIDED"))
        and told["happened"]["not in these prices"] == "nothing"
        and told["dead_heat"]["verified"]
    )
