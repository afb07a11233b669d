"""Everything the books hold about one room, as of one moment and in blocks: a million bets never meet in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Select, func, select

from rooms_core.domain.bet import Bet
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import pot, room_subsidy
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.tally import Position
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.queries import Movement, Progress
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Result
from rooms_store.accounts import account_id
from rooms_store.books.bets import SqlBets
from rooms_store.books.oracle_books import SqlEvidence
from rooms_store.books.rooms import read_rooms
from rooms_store.books.settlements import SqlSettlements
from rooms_store.bulk import Blocks
from rooms_store.codes import POSTING_KINDS
from rooms_store.history import _accounts, _keys
from rooms_store.queries import SqlQueries
from rooms_store.rows import AnyRow, bet_of, outcomes_of
from rooms_store.tables import bet, posting
from rooms_store.tables import room as rooms
from rooms_store.work import Rows, Work

Exported: TypeAlias = Room | SettlementRow | EvidenceRecord | Position[UserId] | Bet | Movement
"""One record of an export."""
Take: TypeAlias = Callable[[Sequence[Exported]], None]
"""Is given the records in blocks; those of one kind come together."""


async def export_room(
    queries: SqlQueries, room: RoomId, take: Take, progress: Progress | None = None
) -> Result[bool, StoreFailed]:
    """Hand all records of a room to `take`, in the order of `Exported`; False if there is no such room.

    Bets come in the order of their ids, positions by bettor and outcome, postings in before postings out.
    `progress` counts bets and postings.
    """
    return await queries.ask(lambda work: _export(work, room, take, progress))


async def _export(work: Work, room: RoomId, take: Take, progress: Progress | None) -> bool:
    found = await read_rooms(work, select(rooms).where(rooms.c.id == room))
    if not found:
        return False
    take(found)
    ended = await SqlSettlements(work).get(room)
    take([] if ended is None else [ended])
    answer = found[0].resolution
    take([] if answer is None else await SqlEvidence(work).get(answer.evidence))
    late_after_ms = None if answer is None else answer.late_after_ms
    async for positions in SqlBets(work).positions(room, late_after_ms=late_after_ms):
        take(positions)

    whole, done = await _count(work, room), 0
    for stream in (_bets(work, room), _postings(work, room)):
        async for block in stream:
            take(block)
            done += len(block)
            if progress is not None:
                progress(done, whole)
    return True


async def _bets(work: Work, room: RoomId) -> AsyncIterator[Sequence[Bet]]:
    (row,) = await work.rows(select(rooms.c.outcomes).where(rooms.c.id == room))
    outcomes = outcomes_of(row.outcomes)
    async for rows in _stream(work, select(bet).where(bet.c.room_id == room).order_by(bet.c.id)):
        yield [bet_of(each, outcomes) for each in rows]


async def _postings(work: Work, room: RoomId) -> AsyncIterator[Sequence[Movement]]:
    """What came in, then what went out; what moved between the room's own two accounts went out."""
    own = _own(room)
    for account in own:
        came = select(posting).where(posting.c.target == account, posting.c.source.not_in(own))
        async for rows in _stream(work, came.order_by(posting.c.id)):
            yield await _told(work, rows)
    for account in own:
        went = select(posting).where(posting.c.source == account)
        async for rows in _stream(work, went.order_by(posting.c.id)):
            yield await _told(work, rows)


async def _told(work: Work, rows: Rows) -> list[Movement]:
    """Rows of postings with the names of their accounts and the keys of their entries."""
    named = await _accounts(work, {each for row in rows for each in (row.source, row.target)})
    keys = await _keys(work, {row.entry_id for row in rows})
    return [
        Movement(
            id=row.id,
            entry=keys.get(row.entry_id, f"bet:{row.entry_id}"),
            kind=POSTING_KINDS.word(row.kind),
            source=named[row.source],
            target=named[row.target],
            amount=Lamports(row.amount),
            at_ms=row.at_ms,
        )
        for row in rows
    ]


async def _count(work: Work, room: RoomId) -> int:
    own = _own(room)
    counts = (
        select(func.count().label("rows")).select_from(bet).where(bet.c.room_id == room),
        select(func.count().label("rows"))
        .select_from(posting)
        .where(posting.c.target.in_(own), posting.c.source.not_in(own)),
        select(func.count().label("rows")).select_from(posting).where(posting.c.source.in_(own)),
    )
    return sum([int((await work.rows(each))[0].rows) for each in counts])


def _own(room: RoomId) -> tuple[int, int]:
    return account_id(pot(room)), account_id(room_subsidy(room))


def _stream(work: Work, statement: Select[Any]) -> Blocks[AnyRow]:
    async def ask() -> Select[Any]:
        return statement

    async def convert(rows: Rows) -> Rows:
        return rows

    blocks: Blocks[AnyRow] = Blocks(work.copies.arrived, ask, block=work.block, convert=convert)
    work.streamed(blocks)
    return blocks
