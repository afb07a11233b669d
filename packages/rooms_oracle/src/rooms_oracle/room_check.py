"""Whether a room's recorded answer follows from the records it names: what somebody asks who has lost.

Each point is one sentence with what was found. What the records cannot say is a point of its own, "as told": that
nothing happened on ticks of which no record was made, and that the observations are what the venues sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rooms_core.domain.market import NO, YES, FoundBy, Mode, resolve
from rooms_core.domain.room import Resolution, Room
from rooms_core.domain.terms import VoidReason
from rooms_core.ports.evidence import EvidenceRecord
from rooms_oracle.close_check import close_points, no_price_points
from rooms_oracle.held_records import HeldRecords, work_out_all
from rooms_oracle.points import Point
from rooms_oracle.touch_check import silence_points, touch_points

AS_TOLD: Final = Point("what the venues sent, and which sources stood still, is as told")
"""No record can prove it; the hash of each answer is in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFiles:
    """A room's papers: the room, the hashes its receipt names (None: no receipt yet), and records by their hash.

    `records` hold what the room's answer names and what that rests on; `around` are all records of its market that
    were made while it was open.
    """

    room: Room
    receipt_evidence: tuple[str, ...] | None
    void_reason: VoidReason | None = None
    records: Mapping[str, EvidenceRecord]
    around: tuple[EvidenceRecord, ...] = ()


def check_room(files: RoomFiles) -> list[Point]:
    """All points, in the order in which one follows from the other."""
    room, answer = files.room, files.room.resolution
    named = answer.evidence if answer is not None else files.receipt_evidence or ()
    held = work_out_all([*named, *[each.hash for each in files.around]], files.records)
    points = list(_there(named, held))
    if answer is not None:
        if files.receipt_evidence is not None:
            same = files.receipt_evidence == answer.evidence
            points.append(Point("the receipt names the same records", same))
        if held.all_hold(named):
            points += _answer_points(room, answer, held, _around(files, held))
    elif files.void_reason is VoidReason.NO_PRICE and room.market.mode is Mode.AT_CLOSE:
        points += no_price_points(room, [held.worked[each] for each in named if each in held.worked])
    if any(each in held.worked for each in named):
        points.append(AS_TOLD)
    return points


def _there(named: Iterable[str], held: HeldRecords) -> Iterable[Point]:
    wrong = {each: held.broken[each] for each in named if each in held.broken}
    rests = {each: why for each, why in held.broken.items() if each not in wrong}
    found = (
        f"{len(list(named)):,}" if not wrong else "; ".join(f"{each}: {why}" for each, why in wrong.items())
    )
    yield Point("every record it names is in the books and holds", not wrong, found)
    if rests:
        yield Point("so does what they rest on", False, "; ".join(f"{a}: {why}" for a, why in rests.items()))


def _around(files: RoomFiles, held: HeldRecords) -> HeldRecords:
    """What was recorded while the room was open."""
    return HeldRecords(
        {each.hash: held.worked[each.hash] for each in files.around if each.hash in held.worked}
    )


def _answer_points(room: Room, answer: Resolution, held: HeldRecords, around: HeldRecords) -> Iterable[Point]:
    if answer.found_by is FoundBy.TWO_PERSONS:
        yield Point(
            "two persons gave the answer: it follows from what they wrote down, not from prices", None
        )
        return
    said = [held.worked[each] for each in answer.evidence if each in held.worked]
    own = all(each.again["instrument"] == room.market.instrument for each in said)
    yield Point("they are records of the room's own market", own and len(said) == len(answer.evidence))
    if room.market.mode is Mode.AT_CLOSE:
        yield from close_points(room, answer, said)
        won = (resolve(room.market, answer.price),)
        yield Point("the winner follows from the settle price", answer.winning == won, " ".join(won))
    elif answer.winning == (YES,):
        yield from touch_points(room, answer, said, around)
    else:
        yield Point("the winner is one that silence can have", answer.winning == (NO,))
        yield from silence_points(room, answer, said, around)
