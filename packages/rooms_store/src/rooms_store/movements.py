"""What moved on an account, as the read side asks for it: histories and statements."""

from __future__ import annotations

from rooms_core.domain.journal import Account
from rooms_core.ports.movements import Movement, Period, Statement
from rooms_core.ports.pages import PAGE
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Result
from rooms_store.history import movements
from rooms_store.reader import Reader
from rooms_store.statements import statement


class SqlMovements(Reader):
    """Implements `ports.movements.Movements`."""

    async def history(
        self, account: Account, *, before: int | None = None, limit: int = PAGE
    ) -> Result[list[Movement], StoreFailed]:
        """A page of an account's postings, newest first."""
        return await self.ask(lambda work: movements(work, account, before=before, limit=limit))

    async def statement(
        self, account: Account, period: Period, *, after: int | None = None, limit: int = PAGE
    ) -> Result[Statement, StoreFailed]:
        """An account over a period."""
        return await self.ask(lambda work: statement(work, account, period, after=after, limit=limit))
