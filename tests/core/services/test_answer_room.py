"""Answering by hand: two persons, evidence, and only where the oracle has no answer (decision R9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.bet import OutcomeUnknown, RoomUnknown
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import available
from rooms_core.domain.market import NO, YES, FoundBy, Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.two_persons import (
    ApproverHasStake,
    Consent,
    EvidenceMissing,
    TooFewPersons,
    TooFewZones,
)
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok, Result
from rooms_core.services.answer_room import AnswerRoom, NotDueForAnswer
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.house import House, a_record

ANN, BEN = Consent("ann", "berlin"), Consent("ben", "lisbon")
RECORD = a_record("operator:1000", 3_000)
PRICE = 150 * 10**12
LOCKED = a_room(status=RoomStatus.LOCKED)


async def a_house(room: Room, *, at_ms: int | None = None) -> House:
    """1 SOL on each side, at the settle time unless another is given."""
    house = House()
    await house.books.people(2, 4, each=sols("1"))
    await house.books.opened(room, a_bet(10, 2, "YES", sols("1")), a_bet(12, 4, "NO", sols("1")))
    house.clock.set(room.settle_at_ms if at_ms is None else at_ms)
    return house


async def answers(
    house: House,
    room: RoomId = LOCKED.id,
    *,
    winner: Outcome = NO,
    evidence: tuple[EvidenceRecord, ...] = (RECORD,),
    consents: tuple[Consent, ...] = (ANN, BEN),
) -> Result[Room, object]:
    """Ann and Ben answer NO, unless told otherwise."""
    answered = await AnswerRoom(store=house.store)(
        room, winner=winner, price=PRICE, evidence=evidence, consents=consents
    )
    return Ok(answered.value) if isinstance(answered, Ok) else Err(answered.why)


async def test_two_persons_answer_a_room_and_it_is_settled_as_any_other() -> None:
    """The receipt names the answer, that persons gave it, and their evidence; the winner is paid by the usual verb."""
    house = await a_house(LOCKED)

    answered = await answers(house)

    assert isinstance(answered, Ok)
    resolution = answered.value.resolution
    assert resolution is not None
    assert ((NO,), PRICE, FoundBy.TWO_PERSONS) == (resolution.winning, resolution.price, resolution.found_by)
    assert [RECORD] == await house.evidence(RECORD.hash)
    assert isinstance(await house.settle(LOCKED.id), Ok)
    assert sols("1.94").value == await house.balance(available(UserId(4)))
    read = await house.receipt(LOCKED.id)
    assert isinstance(read, Ok)
    assert isinstance(verify_receipt(read.value), Ok)


@pytest.mark.parametrize("status", [each for each in RoomStatus if each is not RoomStatus.LOCKED])
async def test_only_a_locked_room_is_answered_by_hand(status: RoomStatus) -> None:
    """Before the lock nobody knows; after an answer of the oracle nobody may know better."""
    room = replace(LOCKED, status=status, resolution=a_resolution("YES"))
    house = await a_house(room)

    assert Err(NotDueForAnswer(status, room.settle_at_ms)) == await answers(house)


async def test_not_before_the_settle_time() -> None:
    """Until then the oracle may still find the answer; from that instant on persons may."""
    early = await a_house(LOCKED, at_ms=LOCKED.settle_at_ms - 1)

    assert Err(NotDueForAnswer(RoomStatus.LOCKED, LOCKED.settle_at_ms)) == await answers(early)
    early.clock.advance(1)
    assert isinstance(await answers(early), Ok)


@pytest.mark.parametrize(
    "consents, refused",
    [
        ((), TooFewPersons(0)),
        ((ANN,), TooFewPersons(1)),
        ((ANN, Consent("eva", "berlin")), TooFewZones(1)),
        ((ANN, Consent("cem", "paris", UserId(4))), ApproverHasStake("cem")),
    ],
)
async def test_one_person_cannot_answer(consents: tuple[Consent, ...], refused: object) -> None:
    """Nothing moves, and no evidence is kept."""
    house = await a_house(LOCKED)

    assert Err(refused) == await answers(house, consents=consents)
    assert RoomStatus.LOCKED is (await house.stands(LOCKED)).status
    assert [] == await house.evidence(RECORD.hash)


async def test_what_cannot_be_answered() -> None:
    """No evidence, no such outcome, no such room."""
    house = await a_house(LOCKED)

    assert Err(EvidenceMissing()) == await answers(house, evidence=())
    assert Err(OutcomeUnknown(Outcome("MAYBE"), (YES, NO))) == await answers(house, winner=Outcome("MAYBE"))
    assert Err(RoomUnknown(RoomId(8))) == await answers(house, RoomId(8))
    assert Lamports(0).value == await house.balance(available(UserId(2)))
