"""The oracle's records in the order in which they were made, as of one moment and in blocks: no log is too long."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from rooms_core.domain.ids import EPOCH_MS, id_made_ms, make_id
from rooms_core.domain.market import MarketState
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.queries import Progress
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Result
from rooms_store.bulk import Blocks
from rooms_store.dialect import among
from rooms_store.queries import SqlQueries
from rooms_store.records import read_record
from rooms_store.rows import evidence_of
from rooms_store.side_tables import evidence, market
from rooms_store.work import Rows, Work

_BLOCK: Final = 1_000
"""Records have some thousand bytes each."""
_LAST_MS: Final = EPOCH_MS + (1 << 41) - 1


class Made(NamedTuple):
    """A record, and when it was written into the books, in ms."""

    at_ms: int
    record: EvidenceRecord


Take = Callable[[Sequence[Made]], bool]
"""Is given the records in blocks; answers whether it wants more."""


async def read_evidence(
    queries: SqlQueries,
    take: Take,
    *,
    since_ms: int | None = None,
    until_ms: int | None = None,
    instruments: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Result[int, StoreFailed]:
    """Hand the records written in [`since_ms`, `until_ms`) to `take`, oldest first; answers how many were handed over.

    `instruments`: only theirs. `progress` is told how many of how many.
    """
    wanted: list[ColumnElement[bool]] = []
    if since_ms is not None:
        wanted.append(evidence.c.id >= _first_of(since_ms))
    if until_ms is not None:
        wanted.append(evidence.c.id < _first_of(until_ms))
    if instruments is not None:
        wanted.append(among(evidence.c.instrument, instruments))
    return await queries.ask(lambda work: _read(work, wanted, take, progress))


async def _read(work: Work, wanted: list[ColumnElement[bool]], take: Take, progress: Progress | None) -> int:
    (counted,) = await work.rows(select(func.count().label("rows")).select_from(evidence).where(*wanted))
    done = 0
    stream = _stream(work, select(evidence).where(*wanted).order_by(evidence.c.id))
    async for rows in stream:
        done += len(rows)
        more = take([Made(id_made_ms(row.id), evidence_of(row)) for row in rows])
        if progress is not None:
            progress(done, int(counted.rows))
        if not more:
            await stream.close()
            break
    return done


def _first_of(at_ms: int) -> int:
    """No id of an earlier moment is as large, and none of this or a later one is smaller."""
    return make_id(min(max(at_ms, EPOCH_MS), _LAST_MS), worker=0, counter=0)


def _stream(work: Work, statement: Select[Any]) -> Blocks[Any]:
    async def ask() -> Select[Any]:
        return statement

    async def convert(rows: Rows) -> Rows:
        return rows

    blocks: Blocks[Any] = Blocks(work.copies.arrived, ask, block=min(_BLOCK, work.block), convert=convert)
    work.streamed(blocks)
    return blocks


async def read_market(queries: SqlQueries, instrument: str) -> Result[MarketState | None, StoreFailed]:
    """The row of a market as the monitor wrote it last, or None."""

    async def ask(work: Work) -> MarketState | None:
        row = await work.first(select(market.c.state).where(market.c.instrument == instrument))
        return None if row is None else read_record(MarketState, row.state)

    return await queries.ask(ask)
