"""The reports of the solvency check in SQL, append-only."""

from __future__ import annotations

import attrs
from sqlalchemy import select

from rooms_core.domain.solvency import SolvencyReport
from rooms_store.records import read_record, write_record
from rooms_store.side_tables import solvency
from rooms_store.work import Work


@attrs.frozen
class SqlSolvency:
    """Implements `ports.custody_books.Solvency`."""

    _work: Work

    async def add(self, report: SolvencyReport) -> None:
        """Keep a report."""
        text = write_record(SolvencyReport, report)
        row = {"id": self._work.ids.next_id(), "at_ms": report.at_ms, "report": text}
        await self._work.write(solvency.insert().values(row))

    async def last(self) -> SolvencyReport | None:
        """The newest report, or None."""
        statement = select(solvency.c.report).order_by(solvency.c.at_ms.desc(), solvency.c.id.desc())
        row = await self._work.first(statement.limit(1))
        return None if row is None else read_record(SolvencyReport, row.report)
