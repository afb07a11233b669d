"""Voiding by hand: a listed cause, evidence, two persons, and never against an answer (decision R9)."""

from __future__ import annotations

import pytest

from rooms_core.domain.bet import RoomUnknown
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import available, pot
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import OPERATOR_CAUSES, VoidReason
from rooms_core.domain.two_persons import (
    ApproverHasStake,
    Consent,
    EvidenceMissing,
    TooFewPersons,
    TooFewZones,
)
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok
from rooms_core.services.closing import AlreadyEnded
from rooms_core.services.void_room import AnswerStands, CauseNotListed
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.house import House, a_record

ANN, BEN = Consent("ann", "berlin"), Consent("ben", "lisbon")
RECORD = a_record("SOL/USD", 3_000)
CAUSE = VoidReason.SOURCE_BROKEN


async def a_house(room: Room) -> House:
    """1 SOL on each side."""
    house = House()
    await house.books.people(2, 4, each=sols("1"))
    await house.books.opened(room, a_bet(10, 2, "YES", sols("1")), a_bet(12, 4, "NO", sols("1")))
    return house


@pytest.mark.parametrize("cause", OPERATOR_CAUSES)
@pytest.mark.parametrize("status", [RoomStatus.QUEUING, RoomStatus.OPEN, RoomStatus.LOCKED])
async def test_two_persons_void_a_room_for_a_listed_cause(status: RoomStatus, cause: VoidReason) -> None:
    """All stakes go back; the receipt names the cause and the records, and the records are kept."""
    room = a_room(status=status)
    house = await a_house(room)
    row = await house.void(room.id, cause=cause, evidence=[RECORD], consents=[ANN, BEN])

    assert isinstance(row, Ok)
    assert [sols("1").value] * 2 == [await house.balance(available(UserId(who))) for who in (2, 4)]
    assert [RECORD] == await house.evidence(RECORD.hash)
    read = await house.receipt(room.id)
    assert isinstance(read, Ok)
    assert (cause, [RECORD.hash]) == (read.value["header"]["reason"], read.value["header"]["evidence"])
    assert isinstance(verify_receipt(read.value), Ok)


@pytest.mark.parametrize("cause", [each for each in VoidReason if each not in OPERATOR_CAUSES])
async def test_no_other_cause_is_accepted(cause: VoidReason) -> None:
    """What the rules void, the rules void; persons have three causes of their own."""
    room = a_room()
    house = await a_house(room)

    assert Err(CauseNotListed(cause)) == await house.void(
        room.id, cause=cause, evidence=[RECORD], consents=[ANN, BEN]
    )


async def test_a_cause_needs_evidence() -> None:
    """A word alone moves no money."""
    room = a_room()
    house = await a_house(room)

    assert Err(EvidenceMissing()) == await house.void(room.id, cause=CAUSE, evidence=[], consents=[ANN, BEN])


@pytest.mark.parametrize(
    "consents, refused",
    [
        ([], TooFewPersons(0)),
        ([ANN], TooFewPersons(1)),
        ([ANN, Consent("eva", "berlin")], TooFewZones(1)),
        ([ANN, Consent("cem", "paris", UserId(4))], ApproverHasStake("cem")),
    ],
)
async def test_one_person_cannot_void_a_room_with_stakes(consents: list[Consent], refused: object) -> None:
    """Nothing moves and no evidence is kept."""
    room = a_room()
    house = await a_house(room)

    assert Err(refused) == await house.void(room.id, cause=CAUSE, evidence=[RECORD], consents=consents)
    assert sols("2").value == await house.balance(pot(room.id))
    assert [] == await house.evidence(RECORD.hash)


async def test_a_room_nobody_has_bet_in_needs_no_second_person() -> None:
    """There is nobody to harm."""
    house, room = House(), a_room()
    await house.books.opened(room)

    assert isinstance(await house.void(room.id, cause=CAUSE, evidence=[RECORD], consents=[]), Ok)
    assert RoomStatus.VOIDED is (await house.stands(room)).status


@pytest.mark.parametrize("answered", [True, False])
async def test_nobody_voids_against_an_answer(answered: bool) -> None:
    """Once a touch or a settle price is accepted the room is settled on it, whoever would have lost."""
    room = a_room(
        status=RoomStatus.SETTLING if not answered else RoomStatus.LOCKED,
        resolution=a_resolution("YES") if answered else None,
    )
    house = await a_house(room)

    assert Err(AnswerStands(room.id)) == await house.void(
        room.id, cause=CAUSE, evidence=[RECORD], consents=[ANN, BEN]
    )


async def test_a_hold_does_not_stop_a_void() -> None:
    """The same two persons could lift it."""
    room = a_room()
    house = await a_house(room)
    await house.hold(room.id, reason="odd bets")

    assert isinstance(await house.void(room.id, cause=CAUSE, evidence=[RECORD], consents=[ANN, BEN]), Ok)


async def test_a_room_is_voided_once() -> None:
    """A repeated command is refused and refunds nothing again; an unknown room is said to be unknown."""
    room = a_room()
    house = await a_house(room)
    await house.void(room.id, cause=CAUSE, evidence=[RECORD], consents=[ANN, BEN])

    assert Err(AlreadyEnded(room.id)) == await house.void(
        room.id, cause=CAUSE, evidence=[RECORD], consents=[ANN, BEN]
    )
    assert Err(RoomUnknown(RoomId(8))) == await house.void(
        RoomId(8), cause=CAUSE, evidence=[RECORD], consents=[ANN, BEN]
    )
    assert sols("1").value == await house.balance(available(UserId(2)))
