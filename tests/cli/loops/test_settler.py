"""The settler pays what has an answer, and one room that is stuck stops no other."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tests.cli.loops.virtual import Place, Told

from rooms_cli.loops.settler import POLL_MS, Settler
from rooms_cli.loops.standing import LoopStanding
from rooms_cli.loops.times import BOUNDS_MS
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.store import LeaseLost
from rooms_core.result import Err, Ok
from rooms_core.services.hold_room import HoldRoom
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.memory_store import Fate


@dataclass
class Paying:
    """A settler with rooms that have an answer."""

    place: Place
    called: int = 0
    standing: LoopStanding = field(default_factory=lambda: LoopStanding(role="settler"))

    def __post_init__(self) -> None:
        self.keeper = Bookkeeper(self.place.store, self.place.clock)
        self.settler = Settler(
            clock=self.place.clock, timer=self.place.clock, log=self.place.told, settled=self._called
        )

    def _called(self) -> None:
        self.called += 1

    async def rooms(self, *numbers: int) -> list[Room]:
        """Rooms that wait to be settled."""
        await self.keeper.people(2, 4, 6, each=sols("100"))
        made = []
        for number in numbers:
            room = a_room(number, host=6, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
            yes = a_bet(number * 10 + 1, 2, "YES", sols("2"), room=number)
            await self.keeper.opened(room, yes, a_bet(number * 10 + 2, 4, "NO", sols("1"), room=number))
            made.append(room)
        return made

    async def turn(self) -> object:
        """One turn now; a second passes."""
        answer = await self.settler.turn(self.place.store, 1, self.standing)
        self.place.clock.advance(POLL_MS)
        return answer

    async def status(self, room: Room) -> RoomStatus:
        """Where a room stands."""
        return (await self.keeper.room(room)).status


@pytest.fixture
def paying(place: Place) -> Paying:
    """With nothing to do yet."""
    return Paying(place)


async def test_every_room_with_an_answer_is_settled(paying: Paying, told: Told) -> None:
    """And the announcer is called; then there is nothing to do until somebody rings, or a second passes."""
    rooms = await paying.rooms(100, 102)

    assert Ok(None) == await paying.turn()
    assert [RoomStatus.SETTLED] * 2 == [await paying.status(room) for room in rooms]
    assert (2, 2) == (paying.standing.counts["settled"], paying.called)
    assert [100, 102] == [facts["room"] for facts in told.of("room settled")]
    assert all(facts["receipt"].startswith("sha256:") for facts in told.of("room settled"))
    assert [2, 2] == [count for _, count in paying.standing.times["settle_delay"].up_to()][:: len(BOUNDS_MS)]
    assert Ok(None) == await paying.turn()
    now_ms = paying.place.clock.now_ms()
    assert now_ms == paying.settler.due_ms(now_ms)
    assert now_ms + POLL_MS == paying.settler.due_ms(now_ms - 1) + POLL_MS


async def test_a_room_that_is_held_waits(paying: Paying, told: Told) -> None:
    """It is told once, asked for again after half a minute, and settled when the hold has ended."""
    held, other = await paying.rooms(100, 102)
    await HoldRoom(store=paying.place.store)(held.id, reason="somebody asks")
    for _ in range(29):
        await paying.turn()

    assert (RoomStatus.SETTLING, RoomStatus.SETTLED) == (
        await paying.status(held),
        await paying.status(other),
    )
    assert ["somebody asks"] == [
        facts["reason"] for facts in told.of("a room is not settled yet and is tried again")
    ]
    paying.place.clock.advance(hours=73)
    await paying.turn()
    assert RoomStatus.SETTLED is await paying.status(held)


async def test_a_room_that_fails_stops_no_other(
    paying: Paying, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a mistake of ours or because the store did not answer: later each time, told once."""
    stuck, other = await paying.rooms(100, 102)
    whole, tries = SettleRoom.__call__, []

    async def broken(self: SettleRoom, room_id: int) -> object:
        if room_id == stuck.id:
            tries.append(paying.place.clock.now_ms())
            raise InvariantBroken("I1", "it does not hold")
        return await whole(self, other.id)

    monkeypatch.setattr(SettleRoom, "__call__", broken)
    for _ in range(12):
        await paying.turn()

    assert RoomStatus.SETTLED is await paying.status(other)
    assert 3 <= len(tries) <= 7
    assert tries[-1] - tries[-2] > tries[1] - tries[0]
    assert 1 == len(told.of("a room is not settled yet and is tried again"))
    monkeypatch.undo()
    paying.place.clock.advance(minutes=1)
    await paying.turn()
    assert RoomStatus.SETTLED is await paying.status(stuck)


async def test_without_a_list_or_without_the_role_the_turn_fails(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is settled."""
    (room,) = await paying.rooms(100)
    paying.place.store.plan(Fate.FAILED)
    assert isinstance(await paying.turn(), Err)
    lost = Err(LeaseLost("it is another's", role="settler", token=1))

    async def refused(_: SettleRoom, __: int) -> object:
        return lost

    monkeypatch.setattr(SettleRoom, "__call__", refused)
    assert lost == await paying.turn()
    assert RoomStatus.SETTLING is await paying.status(room)


async def test_a_long_list_is_settled_in_several_turns(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the role can be renewed between them; the next turn is due at once."""
    rooms = await paying.rooms(100, 102, 104)
    whole = SettleRoom.__call__

    async def slow(self: SettleRoom, room_id: int) -> object:
        paying.place.clock.advance(600)
        return await whole(
            self, rooms[0].id if room_id == 100 else rooms[1].id if room_id == 102 else rooms[2].id
        )

    monkeypatch.setattr(SettleRoom, "__call__", slow)
    await paying.settler.turn(paying.place.store, 1, paying.standing)
    now_ms = paying.place.clock.now_ms()

    assert 2 == paying.standing.counts["settled"]
    assert now_ms == paying.settler.due_ms(now_ms)


async def test_somebody_who_was_faster_is_no_failure(
    paying: Paying, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room is settled; nobody needs to know."""
    (room,) = await paying.rooms(100)
    whole = SettleRoom.__call__

    async def twice(self: SettleRoom, _: int) -> object:
        await whole(self, room.id)
        return await whole(self, room.id)

    monkeypatch.setattr(SettleRoom, "__call__", twice)
    assert Ok(None) == await paying.turn()
    assert [] == told.lines
