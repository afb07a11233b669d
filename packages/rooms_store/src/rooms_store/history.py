"""An account's history, by key: the postings out of it and into it, merged, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from rooms_core.domain.journal import Account
from rooms_core.domain.money import Lamports
from rooms_core.ports.movements import Movement
from rooms_store.accounts import account_id, account_of
from rooms_store.codes import POSTING_KINDS
from rooms_store.dialect import among
from rooms_store.rows import AnyRow
from rooms_store.tables import account as accounts
from rooms_store.tables import entry as entries
from rooms_store.tables import posting
from rooms_store.work import Work


async def movements(work: Work, account: Account, *, before: int | None, limit: int) -> list[Movement]:
    """A page of an account's postings: those with ids below `before`, at most `limit`."""
    number = account_id(account)
    found: list[AnyRow] = []
    for end in (posting.c.source, posting.c.target):
        statement = select(posting).where(end == number).order_by(posting.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(posting.c.id < before)
        found += await work.rows(statement)
    return await told(work, sorted(found, key=lambda row: row.id, reverse=True)[:limit])


async def told(work: Work, rows: Sequence[AnyRow]) -> list[Movement]:
    """Postings as movements, in the order given: with their accounts and the keys of their entries."""
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


async def _accounts(work: Work, numbers: set[int]) -> dict[int, Account]:
    rows = await work.rows(select(accounts).where(among(accounts.c.id, sorted(numbers))))
    return {row.id: account_of(row.kind, row.owner) for row in rows}


async def _keys(work: Work, numbers: set[int]) -> dict[int, str]:
    """The keys of these entries; a bet is its own entry and has none."""
    rows = await work.rows(select(entries).where(among(entries.c.id, sorted(numbers))))
    return {row.id: row.key for row in rows}
