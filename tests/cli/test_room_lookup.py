"""Rooms are found by enough of their id, over any number of pages, and a silent store is said."""

from __future__ import annotations

import pytest

from rooms_cli.errors import CommandError
from rooms_cli.room_lookup import named, only
from rooms_core.domain.ids import RoomId
from rooms_core.domain.room import Room
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.queries import CashFlow, RoomFilter
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.builders import a_room
from rooms_core.testing.memory.queries import MemoryQueries

SILENT = StoreFailed("no answer")


class Scripted(MemoryQueries):
    """Rooms by id; the question called `silent` is not answered."""

    def __init__(self, *ids: int, silent: str = "") -> None:
        self._rooms = {each: a_room(each) for each in ids}
        self._silent = silent

    async def rooms(self, wanted: RoomFilter) -> Result[list[Room], StoreFailed]:
        """A page, newest first."""
        if self._silent == "rooms":
            return Err(SILENT)
        below = [each for each in sorted(self._rooms, reverse=True) if each < (wanted.before or 10**18)]
        return Ok([self._rooms[each] for each in below[: wanted.limit]])

    async def room(self, room: RoomId) -> Result[Room | None, StoreFailed]:
        """One room."""
        return Err(SILENT) if self._silent == "room" else Ok(self._rooms.get(room))

    async def settlement(self, room: RoomId) -> Result[SettlementRow | None, StoreFailed]:
        """None has ended."""
        return Err(SILENT) if self._silent == "settlement" else Ok(None)

    async def cash_flow(self, room: RoomId) -> Result[list[CashFlow], StoreFailed]:
        """Nothing moved."""
        return Err(SILENT) if self._silent == "cash_flow" else Ok([])


@pytest.mark.parametrize(
    "name, ids", [("30", [30]), ("3", [31, 30]), ("40", [40]), ("4", [4]), ("9", []), ("", [])]
)
async def test_an_exact_id_wins_and_a_beginning_is_looked_for_on_every_page(
    monkeypatch: pytest.MonkeyPatch, name: str, ids: list[int]
) -> None:
    """Two rooms a page: the last page is looked at too."""
    monkeypatch.setattr("rooms_cli.room_lookup.PAGE", 2)
    match await named(Scripted(4, 30, 31, 40, 41), name):
        case Ok(found):
            assert ids == [room.id for room, _, _ in found]
        case Err(why):
            pytest.fail(why.message)


@pytest.mark.parametrize(
    "silent, name", [("room", "4"), ("rooms", "3"), ("settlement", "4"), ("cash_flow", "4")]
)
async def test_a_silent_store_is_handed_on(silent: str, name: str) -> None:
    """Whichever question it does not answer."""
    assert Err(SILENT) == await named(Scripted(4, silent=silent), name)


def test_many_candidates_are_not_all_listed() -> None:
    """Five are enough to choose from."""
    with pytest.raises(CommandError, match=r"7 rooms begin so: 1, 2, 3, 4, 5, ….") as ended:
        only([(a_room(number), None, []) for number in range(1, 8)])

    assert "Give more of the id." == ended.value.hint
