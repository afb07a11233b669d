"""The journal in SQL: keys once, postings for ever, balances moved with them (I1–I3, I5, M9)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import attrs
from sqlalchemy import select

from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import (
    Account,
    JournalEntry,
    available,
    reserved,
)
from rooms_core.domain.money import Lamports
from rooms_core.domain.wallet import Wallet
from rooms_store.accounts import account_id
from rooms_store.books.balances import EMPTY, lock_accounts, move
from rooms_store.books.entry_writer import SqlEntryWriter
from rooms_store.bulk import insert_many
from rooms_store.dialect import among, insert_new, locked
from rooms_store.rows import posting_values
from rooms_store.tables import account as accounts
from rooms_store.tables import entry as entries
from rooms_store.tables import person, posting
from rooms_store.work import Work


@attrs.frozen
class SqlJournal:
    """Implements `ports.books.Journal`."""

    _work: Work

    async def wallets(self, users: Collection[UserId]) -> dict[UserId, Wallet]:
        """The wallets of those who joined, by id, locked."""
        joined = await self._work.rows(select(person.c.id).where(among(person.c.id, users)))
        held = await lock_accounts(
            self._work, [each for row in joined for each in _accounts_of(UserId(row.id))]
        )
        return {user: _wallet(user, held) for user in sorted(UserId(row.id) for row in joined)}

    async def balance(self, account: Account) -> int:
        """One balance, locked; 0 for an account that never moved."""
        statement = select(accounts.c.balance).where(accounts.c.id == account_id(account))
        row = await self._work.first(locked(statement))
        return 0 if row is None else int(row.balance)

    async def post(self, entry: JournalEntry) -> bool:
        """Post an entry; False if its key is known."""
        number = await self._begin(entry.key)
        if number is None:
            return False
        await move(self._work, entry.postings)
        at_ms, ids = await self._work.dated_ms(), self._work.ids
        rows = [
            posting_values(each, number=ids.next_id(), entry=number, at_ms=at_ms) for each in entry.postings
        ]
        await insert_many(self._work.connection, posting, rows)
        return True

    async def write(self, key: str) -> SqlEntryWriter | None:
        """Begin an entry; None if its key is known."""
        number = await self._begin(key)
        if number is None:
            return None
        self._work.unclosed.add(key)
        return SqlEntryWriter(self._work, key, number)

    async def _begin(self, key: str) -> int | None:
        number = self._work.ids.next_id()
        row = {"key": key, "id": number, "at_ms": await self._work.dated_ms()}
        return number if await self._work.write(insert_new(entries).values(row)) else None


def _accounts_of(user: UserId) -> tuple[Account, Account]:
    return available(user), reserved(user)


def _wallet(user: UserId, held: Mapping[int, Mapping[str, Any]]) -> Wallet:
    free, kept = (held.get(account_id(each), EMPTY) for each in _accounts_of(user))
    return Wallet(
        available=Lamports(free["balance"]),
        reserved=Lamports(kept["balance"]),
        waiting=Lamports(free["waiting"]),
        waits_until_ms=free["waits_until_ms"],
    )
