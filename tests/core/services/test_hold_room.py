"""Holds: one person stops a room's money, two let it go, and 72 hours end it (decisions R9, M9)."""

from __future__ import annotations

import pytest

from rooms_core.domain.bet import RoomHeld, RoomUnknown
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import pot
from rooms_core.domain.room import HOLD_MAX_MS, Hold, Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.domain.two_persons import ApproverHasStake, Consent, TooFewPersons
from rooms_core.result import Err, Ok
from rooms_core.services.closing import AlreadyEnded
from rooms_core.services.hold_room import NotHeld
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.house import House

ANN, BEN = Consent("ann", "berlin"), Consent("ben", "lisbon")
HOUR_MS = 3_600_000


async def settling(house: House) -> Room:
    """A room whose answer is YES and whose money is still in the pot."""
    await house.books.people(2, 4, each=sols("1"))
    room = a_room(status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    await house.books.opened(room, a_bet(10, 2, "YES", sols("0.5")), a_bet(12, 4, "NO", sols("0.5")))
    return room


async def test_a_held_room_is_not_settled() -> None:
    """A hold delays money: the pot stays full, and the refusal gives the reason."""
    house = House()
    room = await settling(house)
    held = await house.hold(room.id, reason="odd bets")

    assert isinstance(held, Ok)
    assert Hold("odd bets", house.now_ms) == held.value.hold
    assert Err(RoomHeld("odd bets")) == await house.settle(room.id)
    assert sols("1").value == await house.balance(pot(room.id))


async def test_a_held_room_takes_no_bets() -> None:
    """Nobody can add money to what waits."""
    house = House()
    await house.books.people(2, each=sols("1"))
    room = a_room()
    await house.books.opened(room)
    await house.hold(room.id, reason="odd bets")

    assert Err(RoomHeld("odd bets")) == await house.bet(2, "YES", sols("0.1"), room)


async def test_two_persons_lift_a_hold() -> None:
    """Then the room settles as if nothing had been."""
    house = House()
    room = await settling(house)
    await house.hold(room.id, reason="odd bets")
    lifted = await house.lift(room.id, consents=[ANN, BEN])

    assert isinstance(lifted, Ok)
    assert lifted.value.hold is None
    assert isinstance(await house.settle(room.id), Ok)


async def test_one_person_or_one_with_a_stake_lifts_nothing() -> None:
    """The hold stands until two without a stake agree."""
    house = House()
    room = await settling(house)
    await house.hold(room.id, reason="odd bets")
    bettor = Consent("cem", "paris", UserId(2))

    assert Err(TooFewPersons(1)) == await house.lift(room.id, consents=[ANN])
    assert Err(ApproverHasStake("cem")) == await house.lift(room.id, consents=[ANN, bettor])
    assert (await house.stands(room)).hold is not None


async def test_after_72_hours_a_held_room_settles_on_its_evidence() -> None:
    """Nobody can keep money from its owners for ever; a ms before that he can."""
    house = House()
    room = await settling(house)
    await house.hold(room.id, reason="odd bets")

    house.clock.advance(HOLD_MAX_MS - 1)
    assert Err(RoomHeld("odd bets")) == await house.settle(room.id)
    house.clock.advance(1)
    assert isinstance(await house.settle(room.id), Ok)


async def test_a_held_room_is_not_voided_for_want_of_players_until_the_hold_ends() -> None:
    """Refunds are money too: they wait for 72 hours, then the room is void (R1)."""
    house = House()
    await house.books.people(2, each=sols("1"))
    room = a_room()
    await house.books.opened(room, a_bet(10, 2, "YES", sols("0.5")))
    await house.hold(room.id, reason="odd bets")

    assert () == (await house.moves(room.lock_at_ms)).moved
    house.clock.advance(HOLD_MAX_MS)
    (moved,) = (await house.moves()).moved
    assert (RoomStatus.VOIDED, VoidReason.TOO_FEW_PLAYERS) == (moved.status, moved.reason)


async def test_the_first_hold_stands() -> None:
    """A second hold neither changes the reason nor starts the 72 hours again."""
    house = House()
    room = await settling(house)
    await house.hold(room.id, reason="odd bets")
    house.clock.advance(hours=1)

    assert Err(RoomHeld("odd bets")) == await house.hold(room.id, reason="another")
    assert Hold("odd bets", house.now_ms - HOUR_MS) == (await house.stands(room)).hold


@pytest.mark.parametrize("status", [RoomStatus.SETTLED, RoomStatus.VOIDED])
async def test_a_room_that_has_ended_cannot_be_held(status: RoomStatus) -> None:
    """Its money is gone."""
    house = House()
    room = a_room(status=status)
    await house.books.opened(room)

    assert Err(AlreadyEnded(room.id)) == await house.hold(room.id, reason="too late")


async def test_what_does_not_exist_is_neither_held_nor_lifted() -> None:
    """Unknown rooms and rooms without a hold are said to be so."""
    house = House()
    room = a_room()
    await house.books.opened(room)

    assert Err(RoomUnknown(RoomId(8))) == await house.hold(RoomId(8), reason="?")
    assert Err(RoomUnknown(RoomId(8))) == await house.lift(RoomId(8), consents=[ANN, BEN])
    assert Err(NotHeld(room.id)) == await house.lift(room.id, consents=[ANN, BEN])
