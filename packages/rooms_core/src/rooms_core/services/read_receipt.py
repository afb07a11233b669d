"""Read a receipt: the stored header, and its lines derived again from the bets (decision R8)."""

from __future__ import annotations

from dataclasses import dataclass
from json import loads
from typing import Any

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken, ensure
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.tally import Tally
from rooms_core.domain.terms import Terms, decide
from rooms_core.ports.books import Bets, SettlementRow
from rooms_core.ports.queries import Queries
from rooms_core.ports.store import StoreFailed
from rooms_core.proofs.canonical import Json
from rooms_core.proofs.receipt import LineDigest, line_record
from rooms_core.proofs.receipt_lines import Pseudonyms
from rooms_core.result import Err, Ok, Result
from rooms_core.services.closing import settled_lines, voided_lines


@dataclass(frozen=True, slots=True)
class NoReceipt:
    """The room does not exist, or its money is still in the pot."""

    room: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReceipt:
    """Make the receipt of a settled or voided room, ready for `verify_receipt`."""

    queries: Queries

    async def __call__(self, room_id: RoomId) -> Result[dict[str, Any], NoReceipt | StoreFailed]:
        """The receipt as an object; raises InvariantBroken if the bets no longer give the lines that were paid."""
        read = await self.queries.room(room_id)
        if isinstance(read, Err):
            return read
        found = await self.queries.settlement(room_id)
        if isinstance(found, Err):
            return found
        room, row = read.value, found.value
        if room is None or row is None:
            return Err(NoReceipt(room_id))

        async def work(bets: Bets) -> Result[list[Json], StoreFailed]:
            return Ok(await _lines(bets, room, row))

        lines = await self.queries.with_bets(work)
        if isinstance(lines, Err):
            return lines
        header = loads(row.header)
        digest = LineDigest()
        for line in lines.value:
            digest.add(line)
        ensure(
            digest.record() == header["lines"], "I6", f"the bets of room {room_id} are those that were paid"
        )
        return Ok({"header": header, "lines": lines.value, "hash": row.receipt_hash})


async def _lines(bets: Bets, room: Room, row: SettlementRow) -> list[Json]:
    voided = row.status is RoomStatus.VOIDED
    if voided:
        blocks = voided_lines(bets, room)
    else:
        answer = room.resolution
        late_after_ms = answer.late_after_ms if answer else None
        pool = await bets.pool_until(room.id, late_after_ms=late_after_ms)
        terms = decide(pool, answer.winning if answer else (), room.rules, hosted=room.hosted)
        if not isinstance(terms, Terms):
            raise InvariantBroken("I6", f"room {room.id} is SETTLED and would be void: {terms}")
        tally: Tally[UserId] = Tally(terms)
        blocks = settled_lines(bets, room.id, tally, late_after_ms)
    # Spelled by its definition again, so that what the settlement spelled in blocks is held against it.
    name = Pseudonyms(room.salt)
    return [line_record(line, name, voided=voided) async for block in blocks for line in block]
