"""What moved on an account, in memory: history and statements."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from rooms_core.domain.journal import Account
from rooms_core.domain.money import Lamports
from rooms_core.ports.movements import Movement, Period, Statement, StatementLine
from rooms_core.ports.pages import PAGE
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.testing.memory.tables import Tables


class MemoryMovements:
    """Implements `ports.movements.Movements`."""

    def __init__(self, tables: Tables, turn: asyncio.Lock) -> None:
        self._tables = tables
        self._turn = turn

    async def history(
        self, account: Account, *, before: int | None = None, limit: int = PAGE
    ) -> Result[list[Movement], StoreFailed]:
        """A page of an account's postings, newest first."""
        async with self._turn:
            found = [each for each in self._of(account) if before is None or each.id < before]
        return Ok(found[::-1][:limit])

    async def statement(
        self, account: Account, period: Period, *, after: int | None = None, limit: int = PAGE
    ) -> Result[Statement, StoreFailed]:
        """An account over a period."""
        async with self._turn:
            moved = self._of(account)
        balance = opening = sum(_change(each, account) for each in moved if each.at_ms < period.since_ms)
        lines = []
        for each in (each for each in moved if period.covers(each.at_ms)):
            balance += _change(each, account)
            lines.append(StatementLine(movement=each, balance=balance))
        changes = [_change(line.movement, account) for line in lines]
        return Ok(
            Statement(
                account=account,
                period=period,
                opening=opening,
                credited=Lamports(sum(change for change in changes if change > 0)),
                debited=Lamports(-sum(change for change in changes if change < 0)),
                lines=tuple(line for line in lines if after is None or line.movement.id > after)[:limit],
            )
        )

    def _of(self, account: Account) -> list[Movement]:
        return [each for each in movements(self._tables) if account in (each.source, each.target)]


def movements(tables: Tables) -> Iterator[Movement]:
    """All postings, oldest first, numbered from 1."""
    number = 0
    for key, at_ms in tables.entries.items():
        for posting in tables.postings[key]:
            number += 1
            yield Movement(
                id=number,
                entry=key,
                kind=posting.kind,
                source=posting.source,
                target=posting.target,
                amount=posting.amount,
                at_ms=at_ms,
            )


def _change(moved: Movement, account: Account) -> int:
    return moved.amount.value if moved.target == account else -moved.amount.value
