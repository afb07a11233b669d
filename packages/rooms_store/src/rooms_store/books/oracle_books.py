"""What the oracle keeps, in SQL: the last row of each market, and its records, each hash once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import attrs
from sqlalchemy import select

from rooms_core.domain.market import MarketState
from rooms_core.ports.evidence import EvidenceRecord
from rooms_store.bulk import insert_many
from rooms_store.dialect import among, among_given, insert, locked
from rooms_store.records import read_record, write_record
from rooms_store.rows import evidence_of
from rooms_store.side_tables import evidence, market
from rooms_store.work import Work


@attrs.frozen
class SqlMarkets:
    """Implements `ports.books.Markets`."""

    _work: Work

    async def save(self, states: Iterable[MarketState]) -> None:
        """Write these rows, new or instead of those that are there, in instrument order."""
        rows = [
            {"instrument": state.instrument, "state": write_record(MarketState, state)}
            for state in sorted(states, key=lambda each: each.instrument)
        ]
        await self._work.write_each(_SAVE, rows)

    async def lock(self, instruments: Collection[str]) -> dict[str, MarketState]:
        """The rows of these instruments, locked in order."""
        if not instruments:
            return {}
        rows = await self._work.rows(locked(_THESE), instruments=instruments)
        return {row.instrument: read_record(MarketState, row.state) for row in rows}


@attrs.frozen
class SqlEvidence:
    """Implements `ports.books.Evidence`. Ids are time-sorted, so they tell the order in which records were added."""

    _work: Work

    async def add(self, records: Iterable[EvidenceRecord]) -> None:
        """Keep records, each hash once."""
        next_id = self._work.ids.next_id
        rows = [
            (each.hash, next_id(), each.instrument, each.tick_ms, each.prev, each.body) for each in records
        ]
        await insert_many(self._work.connection, evidence, rows, new_only=True)

    async def last(self, instrument: str) -> EvidenceRecord | None:
        """The record of an instrument that was added last."""
        row = await self._work.first(
            select(evidence)
            .where(evidence.c.instrument == instrument)
            .order_by(evidence.c.id.desc())
            .limit(1)
        )
        return None if row is None else evidence_of(row)

    async def get(self, hashes: Collection[str]) -> list[EvidenceRecord]:
        """The records with these hashes, by (instrument, tick)."""
        wanted = select(evidence).where(among(evidence.c.hash, hashes))
        order = (evidence.c.instrument, evidence.c.tick_ms, evidence.c.hash)
        return [evidence_of(row) for row in await self._work.rows(wanted.order_by(*order))]

    async def page(self, skip: int, limit: int) -> list[EvidenceRecord]:
        """Some records in the order they were added."""
        wanted = select(evidence).order_by(evidence.c.id).offset(skip).limit(limit)
        return [evidence_of(row) for row in await self._work.rows(wanted)]


_THESE = (
    select(market)
    .where(among_given(market.c.instrument, "instruments", words=True))
    .order_by(market.c.instrument)
)
_NEW = insert(market)
_SAVE = _NEW.on_conflict_do_update(index_elements=[market.c.instrument], set_={"state": _NEW.excluded.state})
