"""One room's answer and the records it rests on: gathered from the books, checked, and told point by point."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from rooms_cli.database import read
from rooms_cli.output import facts, json_line, say, table, write_line
from rooms_cli.room_lookup import named, only
from rooms_cli.room_view import room_facts
from rooms_core.domain.room import Room
from rooms_core.domain.terms import VoidReason
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_oracle.held_records import named_by
from rooms_oracle.points import Point
from rooms_oracle.room_check import RoomFiles, check_room
from rooms_oracle.settle_price import DEADLINE_MS
from rooms_store.evidence_log import Made, read_evidence
from rooms_store.queries import SqlQueries

_A_MINUTE_MS: Final = 60_000


def verify_room(name: str, database: str, as_json: bool) -> int:
    """Show whether a room's answer follows from its records; the exit status is 1 if any point does not hold."""
    room, ended, _ = only(read(database, lambda queries: named(queries, name)))
    if room.resolution is None and ended is None:
        from rooms_cli.errors import CommandError

        raise CommandError(
            f"Room {room.id} has no answer yet: it is {room.status}.",
            hint="An answer and its records are written when it is settling or void.",
        )
    files = read(database, lambda queries: gathered(queries, room, ended))
    points = check_room(files)
    wrong = [point for point in points if point.holds is False]
    if as_json:
        told = [{"what": each.what, "holds": each.holds, "found": each.found} for each in points]
        write_line(json_line({"ok": not wrong, "room": str(room.id), "points": told}))
    else:
        facts(f"Room {room.id}", [pair for pair in room_facts(room) if pair[0] in _SHOWN])
        rows = [[point.what, point.found, _word(point)] for point in points]
        table("\nDoes the answer follow from the records?", ["what", "seen", "found"], rows, left=2)
    if wrong:
        say(f"rooms: The answer of room {room.id} does not follow from its records; points: {len(wrong)}.")
    return 1 if wrong else 0


_SHOWN: Final = frozenset({"question", "status", "answer", "opened", "settles"})


def _word(point: Point) -> str:
    return {True: "holds", False: "does NOT hold", None: "as told"}[point.holds]


async def gathered(
    queries: SqlQueries, room: Room, ended: SettlementRow | None
) -> Result[RoomFiles, StoreFailed]:
    """A room's papers: what its answer names, what was recorded of its market meanwhile, and what both rest on."""
    header: dict[str, Any] = {} if ended is None else json.loads(ended.header)
    receipt = tuple(header["evidence"]) if header else None
    around = await _around(queries, room)
    if isinstance(around, Err):
        return around
    records = {each.hash: each for each in around.value}
    first = receipt or () if room.resolution is None else room.resolution.evidence
    wanted = {*first, *[sealed for each in around.value for sealed in named_by(each)]} - records.keys()
    asked: set[str] = set()
    while wanted:
        asked |= wanted
        found = await queries.evidence(wanted)
        if isinstance(found, Err):
            return found
        records |= {each.hash: each for each in found.value}
        wanted = _names(found.value) - records.keys() - asked
    return Ok(
        RoomFiles(
            room=room,
            receipt_evidence=receipt,
            void_reason=VoidReason(header["reason"]) if header.get("reason") else None,
            records=records,
            around=tuple(around.value),
        )
    )


async def _around(queries: SqlQueries, room: Room) -> Result[list[EvidenceRecord], StoreFailed]:
    """The records of its market that were written from its opening until half an hour after its settle time."""
    found: list[EvidenceRecord] = []

    def take(block: Sequence[Made]) -> bool:
        found.extend([each.record for each in block])
        return True

    opened_ms = room.created_at_ms if room.opened_at_ms is None else room.opened_at_ms
    read_all = await read_evidence(
        queries,
        take,
        since_ms=opened_ms,
        until_ms=room.settle_at_ms + DEADLINE_MS + _A_MINUTE_MS,
        instruments=[room.market.instrument],
    )
    return read_all if isinstance(read_all, Err) else Ok(found)


def _names(records: Collection[EvidenceRecord]) -> set[str]:
    return {sealed for each in records for sealed in named_by(each)}
