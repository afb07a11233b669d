"""`rooms oracle chart`: a room's life as points and as a picture."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.cli.evidence_day import forged, room_named

from rooms_core.domain.market import Direction
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_market_state, a_reading
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import open_books

PNG = b"\x89PNG\r\n\x1a\n"


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def points(rooms: Rooms, database: Path, name: str) -> dict[str, Any]:
    """The points of a room."""
    ran = rooms("oracle", "chart", name, "--database", str(database), "--json")
    assert (0, "") == (ran.status, ran.err)
    (found,) = ran.lines
    return dict(found)


def test_a_touch_is_shown_with_its_hits_and_what_went_back(rooms: Rooms, day: Path) -> None:
    """The hits that decided lie past the target, and stakes go back until the first of them."""
    found = points(rooms, day, room_named(day, "leap past"))
    hits = [tick for tick in found["ticks"] if tick["hit"]]

    assert Direction.UP == found["direction"]
    assert 2 == len(hits) == len([tick for tick in hits if tick["deciding"]])
    assert all(int(tick["price"]) >= int(found["target"]) for tick in hits)
    assert found["late"][1] == hits[0]["tick_ms"] == found["answer"]["at_ms"]
    assert all(int(tick["lo"]) <= int(tick["price"]) <= int(tick["hi"]) for tick in found["ticks"])
    assert sorted(tick["tick_ms"] for tick in found["ticks"]) == [tick["tick_ms"] for tick in found["ticks"]]
    assert (-12, 0, None) == (found["scale"], found["broken"], found["gap_from_ms"])


def test_a_gap_is_shown_with_what_its_candles_say(rooms: Rooms, day: Path) -> None:
    """Ticks without a price have none, and one of the audited minutes reached the target."""
    found = points(rooms, day, room_named(day, "unseen"))

    assert [] != [tick for tick in found["ticks"] if tick["price"] is None and tick["status"] == "NO_QUORUM"]
    assert [] != [each for each in found["audited"] if int(each["up"]) >= int(found["target"])]
    assert [] == [tick for tick in found["ticks"] if tick["hit"]]


def test_a_room_that_closes_has_its_last_minute_shown(rooms: Rooms, day: Path) -> None:
    """Twenty ticks decided; none of them is a hit, for nothing is touched."""
    found = points(rooms, day, room_named(day, "stand at"))
    deciding = [tick for tick in found["ticks"] if tick["deciding"]]

    assert (20, None) == (len(deciding), found["late"])
    assert not any(tick["hit"] for tick in found["ticks"])


def test_silence_is_shown_and_broken_records_are_left_out(rooms: Rooms, day: Path, tmp_path: Path) -> None:
    """A minute without any record means that nobody watched; what does not hold is counted and said."""
    name, place = room_named(day, "be worth"), tmp_path / "forged.db"
    before = points(rooms, day, name)
    gone, broken = before["ticks"][8]["tick_ms"], before["ticks"][12]["tick_ms"]
    with forged(day, place) as books:
        books.execute("DELETE FROM evidence WHERE instrument LIKE 'pump:%' AND tick_ms = ?", (gone,))
        books.execute(
            "UPDATE evidence SET body = '{}' WHERE instrument LIKE 'pump:%' AND tick_ms = ?", (broken,)
        )
    ran = rooms("oracle", "chart", name, "--database", str(place), "--json")
    found = ran.lines[0]

    assert [] == before["silent"]
    assert 2 == len(found["silent"])
    assert found["silent"][0][0] < gone < found["silent"][0][1]
    assert (1, len(before["ticks"]) - 2) == (found["broken"], len(found["ticks"]))
    assert "records do not hold" in ran.err


def test_a_room_that_still_waits_is_shown_with_its_open_gap(rooms: Rooms, books: Path) -> None:
    """Without records there is its target and its times, and since when its market is silent."""

    async def silent() -> None:
        async with open_books(str(books), ManualClock()) as store:
            keeper = Bookkeeper(store, ManualClock())
            state = a_market_state(a_reading(1), gap_from_ms=1_000)
            await keeper.do(lambda written: written.markets.save([state]))

    asyncio.run(silent())
    found = points(rooms, books, "2000")

    assert ([], [], None, None) == (found["ticks"], found["audited"], found["answer"], found["late"])
    assert 1_000 == found["gap_from_ms"]
    assert None is points(rooms, books, "1000")["gap_from_ms"]


@pytest.mark.parametrize("title", ["leap past", "unseen", "stand at", "be worth", "nobody can measure"])
def test_a_picture_is_drawn_of_every_kind_of_room(
    rooms: Rooms, day: Path, tmp_path: Path, title: str
) -> None:
    """To a new file, which is not overwritten."""
    pytest.importorskip("matplotlib")
    place = tmp_path / "room.png"
    words = ("oracle", "chart", room_named(day, title), "--database", str(day), "--out", str(place))
    ran, again = rooms(*words), rooms(*words)

    assert 0 == ran.status
    assert f"Drawn to {place}" in ran.err
    assert place.read_bytes().startswith(PNG)
    assert 10_000 < place.stat().st_size
    assert (1, True) == (again.status, "is there already" in again.err)


def test_a_room_without_records_is_drawn_too(
    rooms: Rooms, books: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named after the room unless somebody names it."""
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    ran = rooms("oracle", "chart", "2000", "--database", str(books))

    assert 0 == ran.status
    assert (tmp_path / "room-2000.png").read_bytes().startswith(PNG)


def test_without_matplotlib_it_is_said_how_to_have_it(
    rooms: Rooms, day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is begun, and the points can be had all the same."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    name, place = room_named(day, "unseen"), tmp_path / "room.png"
    ran = rooms("oracle", "chart", name, "--database", str(day), "--out", str(place))
    told = rooms("oracle", "chart", name, "--database", str(day), "--json")

    assert (1, False) == (ran.status, place.exists())
    assert "rooms-cli[charts]" in ran.err
    assert 0 == told.status
    assert name == json.loads(told.out)["room"]
