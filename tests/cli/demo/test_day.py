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

once = pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="a whole day takes half a minute: it is played on the oldest Python only",
)


class ShortDay(Protocol):
    """A played day (see conftest)."""

    day: Day


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


@once
def test_the_whole_generated_day_holds(rooms: Rooms, tmp_path: Path) -> None:
    """`rooms demo` plays thirteen rooms and two hundred people, all checks hold, and the kept books verify."""
    books = tmp_path / "day.sqlite"
    ran = rooms("demo", "--json", "--keep", str(books))
    verified = rooms("ledger", "verify", "--json", "--database", str(books))
    listed = rooms("room", "list", "--json", "--database", str(books))
    (told,) = [json.loads(ran.out)]

    assert 0 == ran.status
    assert _played_whole(told)
    assert f"All {len(told['checks'])} checks hold." in ran.err
    assert (0, True) == (verified.status, verified.lines[0]["ok"])
    assert 13 == len(listed.lines)


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
